"""Rows over their runs → where a figure changed for good, and which rows are flaky.

A series in which most runs repeat the last one's figure to the bit, as divergences do while nothing
changes, is compared exactly. In any other, changes of level are found by PELT with the squared
error (Killick, Fearnhead and Eckley 2012, doi:10.1080/01621459.2012.737745), by `ruptures`: it
needs NumPy and SciPy alone, where the E-divisive of apache-otava brings clients of Slack and
Grafana. The noise is that of the differences from run to run, which a few steps hardly move.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.history.queries import RowHistory, RowInRun

TIMES = ("build_s", "reference_ms", "candidate_ms")
"""Columns whose changes are factors."""
COLUMNS = ("divergence", "error_ratio", *TIMES)
"""Columns that are searched."""
FACTS = (
    "reference_version",
    "candidate_version",
    "commit",
    "model_sha256",
    "candidate_model_sha256",
    "image_sha256",
)
"""Columns of which a step names those that changed with it."""
SHORT = 12
"""Characters of a commit or a digest."""
PENALTY = 4.0
"""Times σ² · log n, for each change of level; twice the criterion of Schwarz, since two or three
runs of a row are no independent evidence."""
LEAST = 4.0
"""A step is at least so many times σ."""
LEAST_FACTOR = 1.1
"""And of times at least this factor."""


@dataclass(frozen=True)
class DriftStep:
    """A figure of a row that changed and stayed so for more than one run, or since the last."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    column: str
    """One of COLUMNS."""
    run_id: str
    """The first run after the step."""
    run_started: str
    """When that run began."""
    before: float
    """Median of the runs from the step before, in the unit of the column."""
    after: float
    """Median of the runs up to the next step."""
    changed: tuple[str, ...]
    """What changed with that run, such as `candidate_version 0.26.0 → 0.27.0`."""
    recovered: str
    """The run with which the figure came back; empty where it has not."""


@dataclass(frozen=True)
class FlakyRow:
    """A row whose status changed to and fro while no version and no file did."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    statuses: tuple[str, ...]
    """Those it had, in their order."""
    changes: int
    """How often the status changed from one run to the next."""


def drift_steps(row: RowHistory) -> list[DriftStep]:
    """The steps of every column, by column and time; a single spike is none."""
    return [step for column in COLUMNS for step in _column_steps(row, column)]


def flaky(row: RowHistory) -> FlakyRow | None:
    """The row, if its status alternated at the same versions of programs and files."""
    for key in dict.fromkeys(map(_facts, row.points)):
        statuses = [point.status for point in row.points if _facts(point) == key]
        changes = sum(one != other for one, other in pairwise(statuses))
        if changes > 1:
            names = (row.case, row.image, row.candidate, row.scope)
            return FlakyRow(*names, tuple(dict.fromkeys(statuses)), changes)
    return None


def _column_steps(row: RowHistory, column: str) -> list[DriftStep]:
    points = [point for point in row.points if getattr(point, column) is not None]
    values = np.array([getattr(point, column) for point in points], np.float64)
    starts, tolerance = _levels(values, is_time=column in TIMES)
    levels = [float(np.median(part)) for part in np.split(values, starts)] if starts else []
    found, back = [], False
    for place, start in enumerate(starts):
        if back:  # this is how the step before recovered
            back = False
            continue
        before, after = levels[place : place + 2]
        later = levels[place + 2] if place + 2 < len(levels) else None
        back = later is not None and abs(_unit(later, column) - _unit(before, column)) <= tolerance
        found.append(
            DriftStep(
                *(row.case, row.image, row.candidate, row.scope, column),
                points[start].run_id,
                points[start].run_started,
                before,
                after,
                _changed(points[start - 1], points[start]),
                points[starts[place + 1]].run_id if back else "",
            )
        )
    return found


def _unit(value: float, column: str) -> float:
    """A value as it is searched: times by their logarithms."""
    return float(np.log(value)) if column in TIMES and value > 0 else value


def _levels(values: NDArray[np.float64], *, is_time: bool) -> tuple[list[int], float]:
    """Where each level but the first begins, and what counts as the same level again."""
    if len(values) < 3:  # noqa: PLR2004  two runs show no level
        return [], 0.0
    if np.median(np.abs(np.diff(values))) == 0:
        return _exact(values), 0.0
    if is_time:
        values = np.log(np.maximum(values, np.finfo(np.float64).tiny))
    sigma = 1.4826 * float(np.median(np.abs(np.diff(values)))) / np.sqrt(2)
    return _noisy(values, sigma, np.log(LEAST_FACTOR) if is_time else 0.0), 2 * sigma


def _exact(values: NDArray[np.float64]) -> list[int]:
    """Where the value changes, but for one run alone that differs from equal neighbours.

    The first run alone may be such a one; the last one alone counts, as nobody knows better yet.
    """
    kept = values.copy()
    for place in range(1, len(kept) - 1):
        if kept[place] != kept[place - 1] == kept[place + 1]:
            kept[place] = kept[place - 1]
    changes = (np.flatnonzero(np.diff(kept)) + 1).tolist()
    return changes[1:] if changes[:1] == [1] else changes


def _noisy(values: NDArray[np.float64], sigma: float, least: float) -> list[int]:
    try:
        import ruptures
        from scipy.ndimage import median_filter
    except ImportError as error:
        raise UsageError(
            "the search for steps needs ruptures: pip install 'parity-harness[history]'"
        ) from error

    smooth = median_filter(values, 3, mode="nearest")  # one spike is no level
    search = ruptures.Pelt(model="l2", min_size=2, jump=1).fit(smooth)
    *ends, _ = search.predict(pen=PENALTY * sigma**2 * np.log(len(values)))
    means = [part.mean() for part in np.split(values, ends)]
    jumps = np.abs(np.diff(means))
    return [
        int(end) for end, jump in zip(ends, jumps, strict=True) if jump > max(LEAST * sigma, least)
    ]


def _facts(point: RowInRun) -> Sequence[str]:
    return tuple(getattr(point, name) for name in FACTS)


def _changed(before: RowInRun, after: RowInRun) -> tuple[str, ...]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in FACTS)
    return tuple(f"{n} {a[:SHORT] or '–'} → {b[:SHORT] or '–'}" for n, a, b in pairs if a != b)
