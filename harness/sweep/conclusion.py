"""What a sweep comes to: sweep.html, the lines that are printed, the exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from harness.cases.case import Case
from harness.results import files
from harness.sweep.facts import SweepFacts
from harness.sweep.gates import GateResult, decide, exit_code
from harness.sweep.page import render
from harness.sweep.parts import read_sweep
from harness.sweep.statistics import SweepStatistics, summarise
from harness.sweep.summary_text import summary_lines
from harness.sweep.sweep import Sweep
from harness.sweep.sweep_record import SweepRecord

if TYPE_CHECKING:
    from pandas import DataFrame

PAGE = "sweep.html"
NOT_READ = (
    "rule",
    "model_sha256",
    "candidate_model_sha256",
    "image_sha256",
    "near_ties",
    "rmse",
    "log_error",
    "noise",
    "reference_version",
    "candidate_version",
)
"""Columns that neither the statistics nor the page are of: half of the bytes of a row."""
UNDECIDED = 3
"""Exit code where nothing fails, and something is not known."""


@dataclass(frozen=True)
class Conclusion:
    """What the command prints and returns."""

    lines: Sequence[str]
    """The summary for people."""
    payload: Sequence[dict[str, Any]]
    """The same as JSON objects: a group's figures each, then a gate each."""
    exit_status: int
    """0, 1 or 3."""


def conclude(sweep: Sweep) -> Conclusion:
    """Write the page and the record of the end; raises ReportError, OSError."""
    request = sweep.request
    case, folder = request.job.case, request.words.into
    table = read_sweep(folder, without=NOT_READ)
    statistics = summarise(table)
    gates = _gates(sweep, statistics)
    status = exit_code(gates) if gates else _status(statistics, request.images.count)
    record = sweep.end(status)
    page = render(
        statistics,
        gates,
        facts_of(record),
        labels=record.labels,
        thumbnails=_thumbnails(table),
        tolerances=_tolerances(case),
    )
    files.write(folder / PAGE, page.encode())
    notes = list(record.notes)
    lines = [*summary_lines(statistics, gates), *notes, f"{folder / PAGE} has the figures."]
    return Conclusion(lines, [*map(asdict, statistics.groups), *map(asdict, gates)], status)


def _gates(sweep: Sweep, statistics: SweepStatistics) -> tuple[GateResult, ...]:
    """As they stood when the sweep stopped; otherwise by every row."""
    request, stopping = sweep.request, sweep.stopping
    if stopping and stopping.decided:
        return stopping.results
    gates, count = request.job.case.gates, request.images.count
    return decide(gates, statistics, count, request.groups, at_any_time=stopping is not None)


def _status(statistics: SweepStatistics, selected: int) -> int:
    """Without gates: a row that fails, and is no known failure, fails the sweep."""
    groups = statistics.groups
    if any(one.failing for one in groups):
        return 1
    whole = groups and all(one.compared and one.images >= selected for one in groups)
    return 0 if whole else UNDECIDED


def facts_of(record: SweepRecord) -> SweepFacts:
    """What the page says of a sweep beside its figures."""
    run = record.run
    return SweepFacts(
        title=record.title,
        command=run.command,
        source=record.images,
        started=run.started.isoformat(timespec="seconds") if run.started else "",
        finished=run.finished.isoformat(timespec="seconds") if run.finished else "",
        selected_images=record.selected,
        finished_images=record.finished,
        random_order=record.random_order,
        seconds=record.seconds_in_all,
        images_per_second=record.images_per_second,
        versions={name: str(version) for name, version in run.environment.versions.items()},
        notes=record.notes,
    )


def _thumbnails(table: "DataFrame") -> dict[str, str]:
    shown = table[table["thumbnail"] != ""]
    return dict(zip(shown["image"], shown["thumbnail"], strict=True))


def _tolerances(case: Case) -> Mapping[str, float]:
    """The absolute tolerance of each scope that has a number."""
    given = {scope: getattr(case.tolerance, scope).atol for scope in case.scopes}
    return {str(scope): float(atol) for scope, atol in given.items() if isinstance(atol, float)}
