"""A Row's four effects → the steps of a waterfall, from one score to the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from harness.results.row import Row

STEPS = {"decode": "Decode", "resize": "Resize", "import": "Import", "optimize": "Optimise"}
"""Step, as in `<step>_effect`, to the name that is read."""
LEAST_SPAN = 1e-4
"""A narrower scale would have ends that read the same, and rounding would fill the width."""
SLACK = 1e-9
"""Of the score: a gap that summing floats can leave. A larger one is shown as a step of its own."""


@dataclass(frozen=True)
class Bar:
    """Where a step is drawn, in percent of the width. A step of nothing has no width."""

    left: float
    width: float


@dataclass(frozen=True)
class WaterfallStep:
    """A line: a score where `level`, else a change. `bar` is None where nothing can be drawn."""

    name: str
    value: float
    kind: str
    """`reference`, `candidate`, `up`, `down` or `together`."""
    bar: Bar | None = None

    @property
    def level(self) -> bool:
        """Whether the value is a score, which has no sign."""
        return self.kind in ("reference", "candidate")


@dataclass(frozen=True)
class Waterfall:
    """The steps of one class. `low` and `high` are the scores, or changes, at the two edges."""

    label: str
    role: str
    low: float
    high: float
    steps: tuple[WaterfallStep, ...]


def waterfalls(row: Row) -> list[Waterfall]:
    """Of the top-1 class, then of the most moved one if it is another; none if none was measured.

    >>> from harness.results.status import Status
    >>> names = {"case": "c", "image": "i", "candidate": "r", "scope": "end_to_end"}
    >>> effects = {"decode_effect": 0.25, "resize_effect": 0, "import_effect": -0.125}
    >>> row = Row(**names, status=Status.MISMATCH, top1_label="owl", reference_score=0.5,
    ...           candidate_score=0.625, optimize_effect=0, **effects)
    >>> (found,) = waterfalls(row)
    >>> [(step.name, step.value, step.bar.left, step.bar.width) for step in found.steps][:4]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('Reference score', 0.5, 0.0, 0.0), ('Decode', 0.25, 0.0, 100.0),
     ('Resize', 0.0, 100.0, 0.0), ('Import', -0.125, 50.0, 50.0)]
    >>> waterfalls(Row(**names, status=Status.CRASHED))
    []
    """
    top = [getattr(row, f"{step}_effect") for step in STEPS]
    ends = (row.reference_score, row.candidate_score)
    label = _label(row.top1_label, row.top1_class)
    found = [waterfall(label, "the reference’s top class", top, ends)] if _measured(top) else []
    moved = [getattr(row, f"moved_{step}_effect") for step in STEPS]
    if row.moved_class not in (None, row.top1_class) and _measured(moved):
        label = _label(row.moved_label, row.moved_class)
        found.append(waterfall(label, "the class that moved most", moved))
    return found


def waterfall(
    label: str, role: str, effects: Sequence[float], ends: tuple[float, float] | None = None
) -> Waterfall:
    """Four effects, between two scores where both are known.

    A step that was not measured is listed without a bar. What the steps leave of the way to the
    candidate's score is a step too, so that the drawing always ends where the score is.
    """
    steps = [WaterfallStep(n, v, _way(v)) for n, v in zip(STEPS.values(), effects, strict=True)]
    if ends and all(math.isfinite(end) for end in ends):
        steps += _rest(steps, *ends)
        first = [WaterfallStep("Reference score", ends[0], "reference")]
        last, start = WaterfallStep("Candidate score", ends[1], "candidate"), ends[0]
    else:
        first, start = [], 0.0
        last = WaterfallStep("Together", sum(effects), "together")
    levels = list(accumulate((_drawn(step.value) for step in steps), initial=start))
    spans = [*[(start, start)] * len(first), *pairwise(levels), (levels[-1], levels[-1])]
    low, high = _scale(levels)
    placed = (
        replace(step, bar=_bar(*span, low, high) if math.isfinite(step.value) else None)
        for step, span in zip([*first, *steps, last], spans, strict=True)
    )
    return Waterfall(label, role, low, high, tuple(placed))


def _all_finite(values: Sequence[float]) -> bool:
    return all(math.isfinite(value) for value in values)


def _measured(effects: Sequence[float]) -> bool:
    return any(not math.isnan(effect) for effect in effects)


def _label(label: str, index: int | None) -> str:
    return label or f"class {index}"


def _way(value: float) -> str:
    return "down" if value < 0 else "up"


def _drawn(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _rest(steps: Sequence[WaterfallStep], start: float, end: float) -> list[WaterfallStep]:
    """What is left between the last step and the candidate's score, if rounding can't be it."""
    rest = end - start - sum(_drawn(step.value) for step in steps)
    if abs(rest) <= SLACK * max(1.0, abs(start), abs(end)):
        return []
    return [WaterfallStep("Not told apart", rest, _way(rest))]


def _scale(levels: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest level, moved apart where they are nearer than LEAST_SPAN.

    >>> _scale([0.5, 0.75, 0.25]), _scale([0.0, 0.0])
    ((0.25, 0.75), (-5e-05, 5e-05))
    """
    low, high = min(levels), max(levels)
    if high - low >= LEAST_SPAN:
        return low, high
    middle = low + (high - low) / 2
    return middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2


def _bar(start: float, end: float, low: float, high: float) -> Bar | None:
    """None where floats are too coarse or too small to hold the scale."""
    span = high - low
    if not 0 < span < math.inf or not _all_finite([start, end]):
        return None
    left, right = (min(100.0, max(0.0, 100 * ((x - low) / span))) for x in sorted((start, end)))
    return Bar(round(left, 3), round(right - left, 3))
