"""Which runs there are, in SQL."""

from dataclasses import dataclass

from harness.history.database import answers
from harness.history.history import History
from harness.history.kept_run import INCOMPLETE, KeptRun
from harness.history.lines import given

_COLUMNS = ", ".join(f'"{name}"' for name in KeptRun.columns())


@dataclass(frozen=True)
class RunsSummary:
    """All runs in short."""

    runs: int
    """How many there are."""
    first: str
    """When the oldest began: ISO 8601, UTC."""
    latest: str
    """When the newest began."""
    incomplete: int
    """How many died half-way."""


def runs_summary(history: History) -> RunsSummary:
    """All runs in short; raises what `answers` raises."""
    query = f"""
        select count(*), min(run_started), max(run_started),
            count(*) filter (state = '{INCOMPLETE}')
        from read_parquet(?, union_by_name = true)
    """  # noqa: S608 - a word of ours
    found = answers(history.runs, query)
    return RunsSummary(*found[0]) if found else RunsSummary(0, "", "", 0)


def newest_runs(history: History, last: int, state: str | None = None) -> list[KeptRun]:
    """The newest runs, of one state where that is given, the oldest of them first."""
    query = f"""
        select {_COLUMNS} from read_parquet(?, union_by_name = true)
        where {"state = ?" if state else "true"}
        order by run_started desc, run_id desc limit {last}
    """  # noqa: S608 - names of our own fields, and a number
    lines = answers(history.runs, query, [state] if state else [])
    found = [given(dict(zip(KeptRun.columns(), line, strict=True))) for line in lines]
    return [KeptRun.model_validate(one) for one in reversed(found)]
