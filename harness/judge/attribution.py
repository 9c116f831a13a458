"""Which step the difference comes from: the scores after each step from reference to candidate.

The reference on the file → with the deployed decoder → with the deployed resize → the converted
model, where the stack converts it → the candidate's stack at opt_level 0 (the import) → the
candidate's own build. The last minus the first is the end-to-end divergence, class by class, and is
the sum of the differences between neighbours: no step's effect is counted in another's. Where the
converted model can't be run, conversion and import are one step.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS = ("decode", "resize", "convert", "import", "convert_and_import", "optimize")
"""Every step that there can be, in order; `<step>_effect` is a column of `Row`."""
DIRECT = ("decode", "resize", "import", "optimize")
"""The steps of a stack that imports the graph as it is."""
CONVERTED = ("decode", "resize", "convert", "import", "optimize")
"""The steps of a stack that converts the graph first."""
CONVERTED_UNSEEN = ("decode", "resize", "convert_and_import", "optimize")
"""The same where the converted model can't be run by itself."""
QUIET = 1e-5
"""A divergence below it is described as none."""


@dataclass(frozen=True)
class Attribution:
    """The scores before the first step and after each, and what else was found out."""

    scores: tuple[NDArray[np.float64] | None, ...]
    """Before the first step and after each of `steps`, `[N]`; None where one could not be run."""
    steps: tuple[str, ...] = DIRECT
    """The steps, in order."""
    notes: tuple[str, ...] = ()
    """Why a step was not measured."""
    facts: tuple[str, ...] = ()
    """What was found out about the file and the two decoders."""


@dataclass(frozen=True)
class Effects:
    """The parts of one class's divergence."""

    class_index: int
    """The class."""
    reference: float
    """Its score before the first step."""
    candidate: float
    """Its score after the last."""
    steps: dict[str, float]
    """Step → how far it moves the score, in order; NaN where it was not measured."""

    @property
    def largest(self) -> str:
        """The step that moved the score most; empty where none was measured."""
        known = {name: abs(value) for name, value in self.steps.items() if not math.isnan(value)}
        return max(known, key=lambda name: known[name]) if known else ""


def attribution(
    scores: Sequence[ArrayLike | None],
    steps: tuple[str, ...] = DIRECT,
    notes: tuple[str, ...] = (),
    facts: tuple[str, ...] = (),
) -> Attribution:
    """An Attribution of score vectors, `[N]` or `[1, N]`: one more than there are steps."""
    if len(scores) != len(steps) + 1:
        raise ValueError(f"{len(scores)} score vectors for {len(steps)} steps; expected one more")
    flat = tuple(None if s is None else np.asarray(s, np.float64).reshape(-1) for s in scores)
    return Attribution(flat, steps, notes, facts)


def stands_apart(
    before: ArrayLike | None, converted: ArrayLike, imported: ArrayLike | None
) -> bool:
    """Whether a converted model's own scores are far from those on both sides of it.

    What the importer made of the converted file is then nearer to the reference than to the program
    that ran the file, so that program is as likely to be wrong as the converter: the two effects
    can't be told apart. Distances are the largest over the classes.

    >>> stands_apart([0.5], [0.7], [0.5]), stands_apart([0.5], [0.7], [0.7])
    (True, False)
    """
    if before is None or imported is None:
        return False
    vectors = [np.asarray(one, np.float64).reshape(-1) for one in (before, converted, imported)]
    if len({vector.size for vector in vectors}) > 1:
        return True
    first, middle, last = vectors
    apart = _distance(first, last)
    return min(_distance(middle, first), _distance(middle, last)) > max(QUIET, 2 * apart)


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.nan_to_num(np.abs(a - b), nan=np.inf).max(initial=0.0))


def effects(found: Attribution, index: int) -> Effects:
    """The parts of one class.

    A step is the exact difference of the scores before and after it; the float64 sum of the parts
    is the divergence to the last bit or two of rounding.

    >>> found = effects(attribution([[0.5], [0.6], [0.6], [0.61], [0.61]]), 0)
    >>> {step: round(part, 9) for step, part in found.steps.items()}
    {'decode': 0.1, 'resize': 0.0, 'import': 0.01, 'optimize': 0.0}
    """
    values = [math.nan if s is None else float(s[index]) for s in found.scores]
    parts = (after - before for before, after in pairwise(values))
    return Effects(index, values[0], values[-1], dict(zip(found.steps, parts, strict=True)))


def most_moved_class(found: Attribution) -> int:
    """The class that moves most from the first scores to the last; 0 where either is missing."""
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
    parts = {s: part for s, part in found.steps.items() if s not in ("decode", "resize")}
    who = (
        f"{program} does"
        if "import" in parts and "convert" not in parts
        else (f"the converter and {program} do")
    )
    quiet = all(abs(part) < QUIET for part in parts.values())  # NaN is not quiet
    rest = (
        f"; everything {who} moves it by {abs(sum(parts.values())):.0e}"
        if quiet and found.largest in ("decode", "resize")
        else ""
    )
    name = {
        "decode": "the decoder",
        "resize": "the resize",
        "convert": "converting the model",
        "import": f"importing the graph into {program}",
        "convert_and_import": f"converting the model and importing it into {program}, together",
        "optimize": f"{program}'s optimised build",
    }[found.largest]
    return f"{move}; {name} accounts for {found.steps[found.largest]:+.4f} of {total:+.4f}{rest}."


def _largest_effect(found: Effects) -> float:
    return max((abs(v) for v in found.steps.values() if not math.isnan(v)), default=math.nan)
