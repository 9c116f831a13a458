"""How many models each candidate gets past each stage, from convert to pass."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.results.kinds import kind_of
from harness.results.row import Row
from harness.results.stages import STAGES

RUN, PASS = "run", "pass"
COLUMNS = (*STAGES, RUN, PASS)
_PLACE = {column: place for place, column in enumerate(COLUMNS)}


@dataclass(frozen=True)
class FunnelLine:
    """One candidate."""

    candidate: str
    """Its id."""
    models: int
    """Distinct (case, model) pairs that it was tried on; skipped rows do not count."""
    survivors: dict[str, int | None]
    """Stage → models no row of which failed so far; None where the candidate has no such stage."""


def funnel(rows: Iterable[Row]) -> list[FunnelLine]:
    """One line a candidate, in the order of their names; skipped rows are left out."""
    found: defaultdict[str, defaultdict[tuple[str, str], list[Row]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        if row.status.kind != "skipped":
            model = row.candidate_model_sha256 or row.model_sha256
            found[row.candidate][row.case, model].append(row)
    return [_line(candidate, list(found[candidate].values())) for candidate in sorted(found)]


def worth_showing(lines: Sequence[FunnelLine]) -> bool:
    """Whether there is anything to compare: several models, or one that failed before its run."""
    return any(line.models > 1 or line.survivors[RUN] != line.models for line in lines)


def _line(candidate: str, models: Sequence[Sequence[Row]]) -> FunnelLine:
    rows = [row for rows in models for row in rows]
    ends = [min(_PLACE.get(row.stage, len(COLUMNS)) for row in rows) for rows in models]
    survivors: dict[str, int | None] = {
        stage: sum(end > _PLACE[stage] for end in ends)
        if stage == RUN or _has_stage(stage, rows)
        else None
        for stage in (*STAGES, RUN)
    }
    survivors[PASS] = sum(all(kind_of(row) == "passing" for row in rows) for rows in models)
    return FunnelLine(candidate, len(models), survivors)


def _has_stage(stage: str, rows: Iterable[Row]) -> bool:
    """Whether the candidate has that stage: it took time in some row, or a row failed there."""
    return any(row.stage == stage or not math.isnan(getattr(row, f"{stage}_s")) for row in rows)
