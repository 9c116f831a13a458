"""Which step the difference comes from: the scores after each step from reference to candidate.

S0 the reference on the file → S1 with the deployed decoder → S2 with the deployed resize → S3 the
candidate's stack at opt_level 0 (the import) → S4 the candidate's own build. S4 − S0 is the
end-to-end divergence, class by class, and is the sum of the four differences between neighbours:
no step's effect is counted in another's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS = ("decode", "resize", "import", "optimize")
"""The four steps, in their order."""
QUIET = 1e-5
"""A divergence below it is described as none."""


@dataclass(frozen=True)
class Attribution:
    """The scores before the first step and after each, and what else was found out."""

    scores: tuple[NDArray[np.float64] | None, ...]
    """S0 to S4, `[N]` each; None where a step could not be run."""
    notes: tuple[str, ...] = ()
    """Why a step was not measured."""
    facts: tuple[str, ...] = ()
    """What was found out about the file and the two decoders."""


@dataclass(frozen=True)
class Effects:
    """The four parts of one class's divergence; NaN where a step was not measured."""

    class_index: int
    """The class."""
    reference: float
    """Its S0."""
    candidate: float
    """Its S4."""
    decode: float
    """S1 − S0."""
    resize: float
    """S2 − S1."""
    imported: float
    """S3 − S2."""
    optimize: float
    """S4 − S3."""

    @property
    def steps(self) -> dict[str, float]:
        """By name of the step, in order."""
        parts = (self.decode, self.resize, self.imported, self.optimize)
        return dict(zip(STEPS, parts, strict=True))

    @property
    def largest(self) -> str:
        """The step that moved the score most; empty where none was measured."""
        known = {name: abs(value) for name, value in self.steps.items() if not math.isnan(value)}
        return max(known, key=lambda name: known[name]) if known else ""


def attribution(
    scores: Sequence[ArrayLike | None], notes: tuple[str, ...] = (), facts: tuple[str, ...] = ()
) -> Attribution:
    """An Attribution of five score vectors, `[N]` or `[1, N]`, S0 to S4."""
    flat = tuple(None if s is None else np.asarray(s, np.float64).reshape(-1) for s in scores)
    return Attribution(flat, notes, facts)


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


def most_moved_class(found: Attribution) -> int:
    """The class with the largest |S4 − S0|; 0 where S0 or S4 is missing."""
    first, last = found.scores[0], found.scores[-1]
    if first is None or last is None:
        return 0
    return int(np.nan_to_num(np.abs(last - first)).argmax())


def sentence(found: Effects, label: str, program: str) -> str:
    """One sentence: which class moved, by how much, and which step accounts for it.

    `program` is the name of the candidate's program, such as `TVM`.
    """
    total = found.candidate - found.reference
    if math.isnan(total):
        return ""
    move = f"{label} goes from {found.reference:.5f} to {found.candidate:.5f}"
    if abs(total) < QUIET:
        return f"{move}: no step moves it by more than {_largest_effect(found):.1e}."
    if not found.largest:
        return f"{move}; no step was measured."
    compiler = [found.imported, found.optimize]
    quiet = all(abs(part) < QUIET for part in compiler)  # NaN is not quiet
    rest = (
        f"; everything {program} does moves it by {abs(sum(compiler)):.0e}"
        if quiet and found.largest in ("decode", "resize")
        else ""
    )
    name = {
        "decode": "the decoder",
        "resize": "the resize",
        "import": f"importing the graph into {program}",
        "optimize": f"{program}'s optimised build",
    }[found.largest]
    return f"{move}; {name} accounts for {found.steps[found.largest]:+.4f} of {total:+.4f}{rest}."


def _largest_effect(found: Effects) -> float:
    return max((abs(v) for v in found.steps.values() if not math.isnan(v)), default=math.nan)
