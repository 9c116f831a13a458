"""The cumulative distributions of one candidate's divergence as lines of an SVG."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.reports.figures import MINUS
from harness.sweep.divergences import CurvePoint
from harness.sweep.statistics import GroupStatistics

WIDTH, HEIGHT = 400, 250
"""Of the drawing; text is 11 units high, so that it can be read on a telephone too."""
LEFT, RIGHT, TOP, BOTTOM = 44, 380, 12, 212
"""Edges of the plot in it."""
MOST_LABELS = 7
SMALLEST = 1e-12
"""Smaller divergences, 0 too, are drawn at the left edge at the lowest."""


@dataclass(frozen=True)
class AxisTick:
    """A place of an axis that is named."""

    place: float
    """In units of the drawing."""
    label: str
    """What stands there."""


@dataclass(frozen=True)
class ToleranceMark:
    """The tolerance of a scope."""

    scope: str
    """As in Row."""
    place: float
    """Of the horizontal axis, in units of the drawing."""
    value: float
    """In score units."""


@dataclass(frozen=True)
class CurveLine:
    """One scope."""

    scope: str
    """As in Row."""
    path: str
    """Data of an SVG path."""
    images: int
    """Images that the line is of."""


@dataclass(frozen=True)
class CurveFigure:
    """Both scopes of a candidate: the share of images, upwards, over max_abs on a log scale."""

    lines: tuple[CurveLine, ...]
    """By scope."""
    across: tuple[AxisTick, ...]
    """Powers of ten."""
    upwards: tuple[AxisTick, ...]
    """Shares of the images."""
    tolerances: tuple[ToleranceMark, ...]
    """Those that are given, by scope."""


def curve_figure(
    groups: Sequence[GroupStatistics], tolerances: Mapping[str, float]
) -> CurveFigure | None:
    """Of the groups of one candidate; None where none has a divergence."""
    drawn = [group for group in groups if group.curve]
    given = [tolerances[one.group.scope] for one in drawn if tolerances.get(one.group.scope)]
    if not drawn:
        return None
    values = [point.value for group in drawn for point in group.curve]
    low, high = _decades([*values, *given])
    lines = tuple(
        CurveLine(group.group.scope, _path(group.curve, low, high), _images(group))
        for group in drawn
    )
    marks = tuple(
        ToleranceMark(line.scope, _across(value, low, high), value)
        for line in lines
        if (value := tolerances.get(line.scope))
    )
    every = math.ceil((high - low) / MOST_LABELS)
    across = tuple(
        AxisTick(_across(10.0**power, low, high), f"1e{power}".replace("-", MINUS))
        for power in range(low, high + 1, every)
    )
    upwards = tuple(AxisTick(_up(part / 4), f"{25 * part}%") for part in range(5))
    return CurveFigure(lines, across, upwards, marks)


def _images(group: GroupStatistics) -> int:
    return next(one.measured for one in group.quantiles if one.figure == "max_abs")


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around some values; SMALLEST and infinity bound them.

    >>> _decades([0.0, 2e-7, 3e-5]), _decades([0.0]), _decades([math.inf])
    ((-7, -4), (-12, -11), (-12, -11))
    """
    found = [value for value in values if SMALLEST <= value < math.inf] or [SMALLEST]
    low = math.floor(math.log10(min(found)))
    return low, max(low + 1, math.ceil(math.log10(max(found))))


def _across(value: float, low: int, high: int) -> float:
    if not value > 10.0**low:
        return LEFT
    share = (min(math.log10(value), high) - low) / (high - low)
    return round(LEFT + (RIGHT - LEFT) * share, 1)


def _up(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def _path(curve: Sequence[CurvePoint], low: int, high: int) -> str:
    """From nothing at the left edge through every point to all at the right edge."""
    points = [f"{_across(point.value, low, high):g} {_up(point.share):g}" for point in curve]
    start = f"{_across(curve[0].value, low, high):g}"
    return f"M{LEFT} {BOTTOM}H{start}L{'L'.join(points)}H{RIGHT}"
