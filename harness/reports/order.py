"""The order in which rows are read, worst first, and what belongs together."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.results.identity import Identity
from harness.results.kinds import KINDS, kind_of
from harness.results.row import Row
from harness.results.status import Status

SEVERITY = (
    Status.MISMATCH,
    Status.CRASHED,
    Status.OUT_OF_MEMORY,
    Status.TIMED_OUT,
    Status.RUN_FAILED,
    Status.COMPILE_FAILED,
    Status.OPTIMIZE_FAILED,
    Status.IMPORT_FAILED,
    Status.CONVERT_FAILED,
    Status.REFERENCE_UNSTABLE,
    Status.REFERENCE_FAILED,
    Status.NO_EVIDENCE,
    Status.MISSING_STACK,
    Status.NO_DEVICE,
    Status.MISSING_ASSET,
    Status.UNNORMALISED,
    Status.WITHIN_NOISE,
    Status.TIE,
    Status.MATCH,
)
"""Worst first. Wrong scores come first: a program that gives none can't be used by mistake."""
_PLACE = {status: place for place, status in enumerate(SEVERITY)}


@dataclass(frozen=True)
class RowGroup:
    """All rows of one case, model, candidate and scope."""

    case: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    model: str
    """The reference's model as the case names it; empty where the case has but one."""
    worst: Row
    """The first of its rows in worst-first order."""
    position: int
    """Where that row stands in the order of the whole run, from 0."""
    rows: int
    """How many there are."""
    passing: int
    """How many of them pass."""
    max_abs: float
    """The largest of their max_abs; NaN where none was measured."""


Badness = tuple[int, int, bool, float, tuple[str, ...]]
"""A sort key: the smaller, the worse."""


def worst_first(rows: Sequence[Row]) -> list[int]:
    """The places of the rows, ordered by `badness`."""
    return sorted(range(len(rows)), key=lambda place: badness(rows[place]))


def badness(row: Row) -> Badness:
    """Failing, known failures, skipped, passing; then by SEVERITY; then by max_abs, then names.

    What has no figure comes before what has. The names tell any two rows apart, see `Identity`.
    """
    measured = not math.isnan(row.max_abs)
    digests = (row.model_sha256, row.image_sha256, row.candidate_model_sha256)
    return (
        KINDS.index(kind_of(row)),
        _PLACE[row.status],
        measured,
        -row.max_abs if measured else 0.0,
        (row.case, row.image, row.candidate, row.scope, row.model, *digests),
    )


def groups(ordered: Sequence[Row]) -> list[RowGroup]:
    """One group for all rows whose identities differ in nothing but the image; worst first."""
    found: defaultdict[Identity, list[int]] = defaultdict(list)
    models: defaultdict[str, set[str]] = defaultdict(set)
    for position, row in enumerate(ordered):
        identity = Identity.of(row).without("image")
        found[identity].append(position)
        models[identity.case].add(identity.model)
    return [
        _group([ordered[place] for place in places], places[0], models) for places in found.values()
    ]


def _group(rows: Sequence[Row], first: int, models: Mapping[str, Collection[str]]) -> RowGroup:
    measured = [row.max_abs for row in rows if not math.isnan(row.max_abs)]
    worst = rows[0]
    return RowGroup(
        worst.case,
        worst.candidate,
        worst.scope,
        worst.model if len(models[worst.case]) > 1 else "",
        worst,
        first,
        len(rows),
        passing=sum(kind_of(row) == "passing" for row in rows),
        max_abs=max(measured, default=math.nan),
    )


def siblings(ordered: Sequence[Row], first: int) -> list[list[int]]:
    """For each of the `first` rows, where the rows are whose identities differ in the scope alone.

    Comparing the two scopes of one file tells whether the compiler or the preprocessing changed
    the scores; the order stays worst-first, so the page links them instead.
    """
    compared = [Identity.of(row).without("scope") for row in ordered]
    wanted, found = set(compared[:first]), defaultdict[Identity, list[int]](list)
    for position, one in enumerate(compared):
        if one in wanted:
            found[one].append(position)
    return [
        [other for other in found[one] if ordered[other].scope != row.scope]
        for one, row in zip(compared[:first], ordered, strict=False)
    ]
