"""What `parity history` shows: a line a row, or of few rows every run; the list of runs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.terminal import shown
from harness.errors import nearest
from harness.history.history import History
from harness.history.kept_run import INCOMPLETE, KeptRun
from harness.history.queries import RowFilter, RowHistory, RowInRun, row_histories
from harness.history.run_queries import newest_runs, runs_summary
from harness.history.sparkline import sparkline
from harness.results.status import Status

FEW = 4
"""Of so many rows every run is shown, of more one line each."""
NAMED = 5
"""Incomplete runs that are named."""
STYLES = {"passing": "green", "failing": "red", "skipped": "yellow"}


def nothing(history: History, wanted: RowFilter) -> str:
    """Why no row was found, and which there are."""
    everything = row_histories(history, RowFilter(), 1)
    if not everything:
        return (
            f"{history.folder}: holds no row; a run keeps itself there, and `parity history add "
            "FOLDER` adds an earlier one; --history-dir names another folder"
        )
    for name, text in wanted.given().items():
        known = {getattr(one, name) for one in everything}
        if text not in known and not {"*", "?"} & set(text):
            return f"the history has no {name} {text!r:.200}; {nearest(text, known)}"
    return f"no row has all of {wanted.given()}; leave one out"


def objects(found: Iterable[RowHistory]) -> Iterator[dict[str, Any]]:
    """One object a row and run, keys as in `Row`."""
    names = [one.name for one in fields(RowFilter)]
    for row in found:
        for point in row.points:
            yield {name: getattr(row, name) for name in names} | asdict(point)


def show(history: History, found: Sequence[RowHistory], console: Console) -> None:
    """Print the rows, and above them which runs there are."""
    _show_summary(history, console)
    if len(found) > FEW:
        console.print(_lines(found))
        return
    for row in found:
        heading = f"{row.case}  {row.image}  {row.candidate}  scope {row.scope}"
        console.rule(shown(heading), align="left")
        console.print(f"{sparkline(row.points)}  {_runs(row)}")
        console.print(_table(row))
        if reason := row.points[-1].reason:
            console.print(shown(f"latest: {reason}"))


def _runs(row: RowHistory) -> str:
    shown_runs = len(row.points)
    total = f"{row.runs:,} run{'' if row.runs == 1 else 's'}"
    return total + (f", the last {shown_runs}" if row.runs > shown_runs else "")


def _show_summary(history: History, console: Console) -> None:
    summary = runs_summary(history)
    text = f"{summary.runs:,} runs from {summary.first} to {summary.latest}"
    console.print(shown(text, style="dim"))
    if summary.incomplete:
        named = newest_runs(history, NAMED, INCOMPLETE)
        names = ", ".join(f"{run.run_id} ({run.rows} rows)" for run in named)
        more = f" and {summary.incomplete - len(named)} earlier" * (summary.incomplete > len(named))
        console.print(shown(f"{INCOMPLETE}: {names}{more}", style="yellow"))


def _lines(found: Iterable[RowHistory]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("case", "image", "candidate", "scope"):
        table.add_column(name, overflow="fold")
    table.add_column("divergence", no_wrap=True)
    table.add_column("latest", justify="right", overflow="fold")
    table.add_column("status", overflow="fold")
    for row in found:
        names = (row.case, row.image, row.candidate, row.scope)
        last = row.points[-1]
        table.add_row(
            *map(shown, names),
            sparkline(row.points),
            _number(last.divergence, "+.2g"),
            _status(last),
        )
    return table


def _table(row: RowHistory) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("run", no_wrap=True)
    for name in ("commit", "versions", "status"):
        table.add_column(name, overflow="fold")
    for name in ("divergence", "atol needed", "error ratio", "ref. ms", "cand. ms"):
        table.add_column(name, justify="right", overflow="fold")
    before: RowInRun | None = None
    for point in row.points:
        table.add_row(
            shown(point.run_id + ("" if point.run_finished else f" ({INCOMPLETE})")),
            shown(point.commit[:8]),
            shown(_versions(point, before)),
            _status(point),
            _number(point.divergence, "+.3g"),
            _number(point.atol_needed, ".2g"),
            _number(point.error_ratio, ".2g"),
            _number(point.reference_ms, ".1f"),
            _number(point.candidate_ms, ".1f"),
        )
        before = point
    return table


def _versions(point: RowInRun, before: RowInRun | None) -> str:
    """Reference and candidate; and which file is another than in the run before."""
    text = f"{point.reference_version or '–'} / {point.candidate_version or '–'}"
    if before is None:
        return text
    names = {"image_sha256": "image", "model_sha256": "model", "candidate_model_sha256": "model"}
    other = {
        name
        for field, name in names.items()
        if getattr(point, field) and getattr(before, field) not in ("", getattr(point, field))
    }
    return text + "".join(f"; another {name}" for name in sorted(other))


def show_runs(found: Iterable[KeptRun], console: Console) -> None:
    """Print a line a run; of the versions those that are others than in the run before."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("run", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("commit", overflow="fold")
    for name in ("exit", "rows", "passing", "failing", "known", "skipped"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("versions that changed", overflow="fold")
    before: KeptRun | None = None
    for run in found:
        counts = (run.exit_status, run.rows, run.passing, run.failing, run.known, run.skipped)
        numbers = ["–" if number is None else str(number) for number in counts]
        texts = (run.run_id, run.state, run.commit[:8], *numbers, _changed(before, run))
        table.add_row(*map(shown, texts))
        before = run
    console.print(table)


def _changed(before: KeptRun | None, run: KeptRun) -> str:
    if before is None:
        return ""
    old, new = before.program_versions, run.program_versions
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return ", ".join(f"{name} {old.get(name, '–')} → {new.get(name, '–')}" for name in names)


def _status(point: RowInRun) -> Text:
    known = " (known)" if point.known_failure else ""
    return shown(f"{point.status}{known}", style=STYLES[Status(point.status).kind])


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
