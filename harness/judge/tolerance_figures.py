"""The smallest tolerances under which two score vectors would agree."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.judge.scores import Scores, finite_on_both

_INFINITY_BITS = int(np.float64(np.inf).view(np.int64))


@dataclass(frozen=True, kw_only=True)
class ToleranceFigures:
    """Figures over the classes that are finite on both sides.

    A field of the name of a `Row` column becomes that column.
    """

    atol_needed: float
    """Smallest float64 with which |c − r| ≤ atol + rtol·|r| holds under the given rtol."""
    atol_needed_class: int
    """The class that needs it."""
    rtol_needed: float
    """Smallest float64 with which it holds under the given atol; NaN where none is enough."""


def tolerance_figures(
    reference: Scores, candidate: Scores, atol: float, rtol: float
) -> ToleranceFigures:
    """Figures of two score vectors of one length with a finite class on both sides."""
    finite = finite_on_both(reference, candidate)
    difference = np.abs(candidate[finite] - reference[finite])
    size = np.abs(reference[finite])
    excess = difference - rtol * size
    return ToleranceFigures(
        atol_needed=_smallest(
            lambda a: bool((difference <= a + rtol * size).all()), float(excess.max())
        ),
        atol_needed_class=int(np.flatnonzero(finite)[excess.argmax()]),
        rtol_needed=_rtol_needed(difference, size, atol),
    )


def _rtol_needed(difference: Scores, size: Scores, atol: float) -> float:
    """Smallest rtol under this atol; NaN where a zero reference score makes none enough."""
    if np.any((size == 0) & (difference > atol)):
        return float("nan")
    used = size > 0
    if not used.any():
        return 0.0
    guess = float((np.maximum(difference[used] - atol, 0.0) / size[used]).max())
    return _smallest(lambda t: bool((difference <= atol + t * size).all()), guess)


def _smallest(passes: Callable[[float], bool], guess: float) -> float:
    """Smallest float64 ≥ 0 that passes, given that all larger ones do and that it lies near guess.

    The closed form of a tolerance is off by rounding, and a tolerance that is printed as enough
    must be enough. Floats of one sign order like their bits, so bits are bisected.
    """

    def at(bits: int) -> float:
        return float(np.int64(bits).view(np.float64))

    low = high = int(np.float64(max(guess, 0.0)).view(np.int64))
    step = 1
    while high < _INFINITY_BITS and not passes(at(high)):
        low, high, step = high, min(high + step, _INFINITY_BITS), 2 * step
    step = 1
    while low > 0 and passes(at(low)):
        low, high, step = max(0, low - step), low, 2 * step
    if passes(at(low)):
        return at(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(at(middle)) else (middle, high)
    return at(high)
