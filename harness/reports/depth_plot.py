"""The errors of a program's kernels over its depth, as SVG paths on a logarithmic scale."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.results.located_kernels import DrawnKernel, LocatedKernels

WIDTH, HEIGHT = 640, 120
"""Of one drawing; y points down, as in SVG."""


@dataclass(frozen=True)
class ErrorCurves:
    """One kind of error, of both programs."""

    reference: str
    """Data of a path through the reference's errors."""
    candidate: str
    """The same of the candidate."""
    limit: str
    """The same of what rounding explains; empty where that is not asked."""
    faulty: str
    """Data of a path with a line of no length at each faulty kernel's error."""


@dataclass(frozen=True)
class DepthPlot:
    """Both kinds of error, on one scale."""

    propagated: ErrorCurves
    """Errors in the whole run."""
    local: ErrorCurves
    """Errors of each kernel alone."""
    kernels: int
    """How many there are."""
    faulty: tuple[str, ...]
    """The tensors of the faulty ones, in running order."""
    low: float
    """Error at the lower edge; smaller ones are drawn there."""
    high: float
    """Error at the upper edge; infinite ones are drawn there."""


def depth_plot(found: LocatedKernels | None) -> DepthPlot | None:
    """The plot of what was located; None where there is nothing to draw."""
    if found is None:
        return None
    kernels = found.kernels
    known = [error for one in kernels for error in _errors(one) if 0 < error < math.inf]
    if not known:
        return None
    low = 10.0 ** math.floor(math.log10(min(known)))
    high = max(10.0 ** math.ceil(math.log10(max(known))), 10 * low)
    scale = _Scale(len(kernels), math.log10(low), math.log10(high))
    return DepthPlot(
        propagated=ErrorCurves(
            scale.line(one.reference_propagated for one in kernels),
            scale.line(one.propagated for one in kernels),
            "",
            scale.marks(kernels, [one.propagated for one in kernels]),
        ),
        local=ErrorCurves(
            scale.line(one.reference_local for one in kernels),
            scale.line(one.local for one in kernels),
            scale.line(one.limit for one in kernels),
            scale.marks(kernels, [one.local for one in kernels]),
        ),
        kernels=len(kernels),
        faulty=tuple(one.tensor for one in kernels if one.faulty),
        low=low,
        high=high,
    )


def _errors(one: DrawnKernel) -> tuple[float, ...]:
    return one.propagated, one.reference_propagated, one.local, one.reference_local, one.limit


@dataclass(frozen=True)
class _Scale:
    """Kernels from left to right, errors between two powers of ten."""

    count: int
    low: float
    high: float

    def line(self, errors: Iterable[float]) -> str:
        """A path through the errors, broken where one was not measured."""
        parts, joined = [], False
        for number, error in enumerate(errors):
            if math.isnan(error):
                joined = False
                continue
            parts.append(f"{'L' if joined else 'M'}{self._place(number, error)}h0")
            joined = True
        return "".join(parts)

    def marks(self, kernels: Sequence[DrawnKernel], errors: Sequence[float]) -> str:
        """A point at each faulty kernel's error; at the upper edge where it was not measured."""
        faulty = (number for number, one in enumerate(kernels) if one.faulty)
        return "".join(f"M{self._place(number, errors[number])}h0" for number in faulty)

    def _place(self, number: int, error: float) -> str:
        x = WIDTH * number / max(1, self.count - 1)
        bounded = math.inf if math.isnan(error) else error
        exponent = -math.inf if bounded <= 0 else math.log10(bounded)
        share = (min(max(exponent, self.low), self.high) - self.low) / (self.high - self.low)
        return f"{x:.4g} {HEIGHT * (1 - share):.4g}"
