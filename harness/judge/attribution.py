"""Which step the difference comes from: a telescoping chain from TensorFlow's answer to TVM's.

S0 TensorFlow on the file → S1 the deployed decoder → S2 the deployed resize → S3 TVM at opt_level 0
(the import) → S4 the candidate's own build. S4 − S0 is the end-to-end divergence, class by class,
and is the sum of the four steps: whatever one step makes is in no other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS = ("decode", "resize", "import", "optimize")
NAMES = {
    "decode": "the decoder",
    "resize": "the resize",
    "import": "importing the graph into TVM",
    "optimize": "TVM's optimised build",
}
QUIET = 1e-5
"""A divergence below it is told as none."""


@dataclass(frozen=True)
class Attribution:
    """S0 to S4, `[N]` each; None where a step could not be run."""

    scores: tuple[NDArray[np.float64] | None, ...]
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    """What was found out about the file and the two decoders."""


@dataclass(frozen=True)
class Effects:
    """The four parts of one class's divergence; NaN where a step was not measured."""

    class_index: int
    reference: float
    candidate: float
    decode: float
    resize: float
    imported: float
    optimize: float

    @property
    def steps(self) -> dict[str, float]:
        """By step, in order."""
        parts = (self.decode, self.resize, self.imported, self.optimize)
        return dict(zip(STEPS, parts, strict=True))

    @property
    def largest(self) -> str:
        """The step that moved the score most; empty where none was measured."""
        known = {name: abs(value) for name, value in self.steps.items() if not math.isnan(value)}
        return max(known, key=lambda name: known[name]) if known else ""


def attribution(scores: Sequence[ArrayLike | None], **told: object) -> Attribution:
    """A Chain from five score vectors, `[N]` or `[1, N]`."""
    flat = tuple(None if s is None else np.asarray(s, np.float64).reshape(-1) for s in scores)
    return Attribution(flat, **told)  # type: ignore[arg-type]


def effects(found: Attribution, index: int) -> Effects:
    """The parts of one class.

    A step is the exact difference of the scores before and after it; the float64 sum of the parts
    is the divergence to the last bit or two of rounding.

    >>> found = effects(attribution([[0.5], [0.6], [0.6], [0.61], [0.61]]), 0)
    >>> round(found.decode, 9), found.resize, round(found.imported, 9), found.optimize
    (0.1, 0.0, 0.01, 0.0)
    """
    values = [math.nan if s is None else float(s[index]) for s in found.scores]
    parts = [after - before for before, after in pairwise(values)]
    return Effects(index, values[0], values[-1], *parts)


def moved_most(found: Attribution) -> int:
    """The class with the largest |S4 − S0|; 0 where the chain has no ends."""
    first, last = found.scores[0], found.scores[-1]
    if first is None or last is None:
        return 0
    return int(np.nan_to_num(np.abs(last - first)).argmax())


def sentence(found: Effects, label: str) -> str:
    """One sentence: what moved, by how much, and which step did it."""
    total = found.candidate - found.reference
    if math.isnan(total):
        return ""
    move = f"{label} goes from {found.reference:.5f} to {found.candidate:.5f}"
    if abs(total) < QUIET:
        return f"{move}: no step moves it by more than {_largest(found):.1e}."
    name = found.largest
    compiler = [found.imported, found.optimize]
    quiet = all(abs(part) < QUIET for part in compiler)  # NaN is not quiet
    rest = (
        f"; everything TVM does moves it by {abs(sum(compiler)):.0e}"
        if quiet and name in ("decode", "resize")
        else ""
    )
    return f"{move}; {NAMES[name]} accounts for {found.steps[name]:+.4f} of {total:+.4f}{rest}."


def _largest(found: Effects) -> float:
    return max((abs(v) for v in found.steps.values() if not math.isnan(v)), default=math.nan)
