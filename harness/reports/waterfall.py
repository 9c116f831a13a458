"""The effects of one class → the steps of a waterfall, from one score to the other.

The one waterfall of the harness: HTML and terminal draw these steps. `waterfall` takes plain
figures; `waterfalls` takes them from a Row.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from harness.reports.program_names import program_titles
from harness.results.row import Row

STEPS = {
    "decode": "Decode",
    "resize": "Resize",
    "convert": "Convert",
    "import": "Import",
    "convert_and_import": "Convert and import",
    "optimize": "Optimise",
}
"""Step, as in the column `<step>_effect`, to the name that is read, in order."""
LEAST_SPAN = 1e-4
"""A narrower scale would have ends that read the same, and rounding would fill the width."""
SLACK = 1e-9
"""Of the score: a gap that summing floats can leave. A larger one is shown as a step of its own."""


@dataclass(frozen=True)
class Bar:
    """Where a step is drawn, in percent of the width. A step of nothing has no width."""

    left: float
    """Percent left of it that stay free."""
    width: float
    """Percent that it fills."""

    def characters(self, columns: int) -> tuple[int, int]:
        """Free, then filled characters of `columns`; a step of nothing fills one, to be seen.

        >>> Bar(50.0, 25.0).characters(24), Bar(100.0, 0.0).characters(24)
        ((12, 6), (23, 1))
        """
        free = min(columns - 1, round(self.left * columns / 100))
        return free, max(1, round((self.left + self.width) * columns / 100) - free)


@dataclass(frozen=True)
class WaterfallStep:
    """One line: the score of a program, or the change that one step makes."""

    name: str
    """As it is read, for example `Decode`."""
    value: float
    """The score where `is_score`, else the change; NaN where it was not measured."""
    kind: str
    """`reference`, `candidate`, `up`, `down` or `together`."""
    score_after: float = math.nan
    """The score once the step is made; without scores, the sum of the changes so far."""
    bar: Bar | None = None
    """None where nothing can be drawn."""

    @property
    def is_score(self) -> bool:
        """Whether the value is a score, which has no sign."""
        return self.kind in ("reference", "candidate")


@dataclass(frozen=True)
class Waterfall:
    """The steps of one class."""

    label: str
    """Name of the class."""
    role: str
    """Why this class is shown, in a few words."""
    low: float
    """The score, or change, at the left edge."""
    high: float
    """The score, or change, at the right edge."""
    steps: tuple[WaterfallStep, ...]
    """The reference's score, the effects and what they leave, the candidate's score."""


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
    >>> [step.score_after for step in found.steps]
    [0.5, 0.75, 0.75, 0.625, 0.625, 0.625]
    >>> waterfalls(Row(**names, status=Status.CRASHED))
    []
    """
    top = _effects(row, "")
    scores = (row.reference_score, row.candidate_score)
    label = _label(row.top1_label, row.top1_class)
    role, found = "the reference’s top class", []
    if _measured(top):
        found.append(waterfall(label, role, top, scores, program_titles(row)))
    moved = _effects(row, "moved_")
    if row.moved_class not in (None, row.top1_class) and _measured(moved):
        label = _label(row.moved_label, row.moved_class)
        found.append(waterfall(label, "the class that moved most", moved))
    return found


def waterfall(
    label: str,
    role: str,
    effects: Mapping[str, float],
    scores: tuple[float, float] | None = None,
    programs: tuple[str, str] = ("Reference", "Candidate"),
) -> Waterfall:
    """Effects by their steps, in order, between two programs' scores where both are known.

    A step that was not measured is listed without a bar. What the steps leave of the way to the
    candidate's score is a step too, so that the drawing always ends where the score is.
    """
    steps = [_change(STEPS[step], effect) for step, effect in effects.items()]
    if scores and all(math.isfinite(score) for score in scores):
        steps += _remainder(steps, *scores)
        first = [WaterfallStep(f"{programs[0]} score", scores[0], "reference")]
        last = WaterfallStep(f"{programs[1]} score", scores[1], "candidate")
        start = scores[0]
    else:
        first, start = [], 0.0
        last = WaterfallStep("Together", sum(effects.values()), "together")
    levels = list(accumulate((_drawn(step.value) for step in steps), initial=start))
    spans = [*[(start, start)] * len(first), *pairwise(levels), (levels[-1], levels[-1])]
    low, high = _scale(levels)
    placed = (
        replace(step, score_after=span[1], bar=_bar(step.value, span, low, high))
        for step, span in zip([*first, *steps, last], spans, strict=True)
    )
    return Waterfall(label, role, low, high, tuple(placed))


def _effects(row: Row, of: str) -> dict[str, float]:
    """The effects of a row's steps: a step that its stack has not is left out."""
    found = {step: float(getattr(row, f"{of}{step}_effect")) for step in STEPS}
    joint = not math.isnan(found["convert_and_import"])
    absent = {"import"} if joint else {"convert_and_import"}
    if math.isnan(found["convert"]):
        absent.add("convert")
    return {step: effect for step, effect in found.items() if step not in absent}


def _measured(effects: Mapping[str, float]) -> bool:
    return any(not math.isnan(effect) for effect in effects.values())


def _label(label: str, index: int | None) -> str:
    return label or f"class {index}"


def _change(name: str, value: float) -> WaterfallStep:
    return WaterfallStep(name, value, "down" if value < 0 else "up")


def _drawn(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _remainder(steps: Sequence[WaterfallStep], start: float, end: float) -> list[WaterfallStep]:
    """What is left between the last step and the candidate's score, if rounding can't be it."""
    rest = end - start - sum(_drawn(step.value) for step in steps)
    if abs(rest) <= SLACK * max(1.0, abs(start), abs(end)):
        return []
    return [_change("Not attributed", rest)]


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


def _bar(value: float, span: tuple[float, float], low: float, high: float) -> Bar | None:
    """None for what was not measured, and where floats are too coarse to hold the scale."""
    width = high - low
    if not 0 < width < math.inf or not all(math.isfinite(x) for x in (value, *span)):
        return None
    left, right = (min(100.0, max(0.0, 100 * ((x - low) / width))) for x in sorted(span))
    return Bar(round(left, 3), round(right - left, 3))
