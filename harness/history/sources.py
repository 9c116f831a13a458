"""What a user calls a run (`latest`, `previous`, an id, a folder) → its side of a comparison."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.errors import UsageError, nearest
from harness.history.compared_row import compared_row, was_run
from harness.history.comparison import RunRows
from harness.history.history import History
from harness.history.kept_run import KeptRun, kept_run
from harness.reports import stored_run
from harness.results.row import Row

LATEST, PREVIOUS = "latest", "previous"
PLACES = {LATEST: -1, PREVIOUS: -2}


def run_named(history: History, word: str) -> tuple[KeptRun, list[Row]]:
    """The run that a word names, with its rows.

    A word is `latest` or `previous` (of the runs that ended), the path of a run folder, or an id or
    its beginning. Raises UsageError for one that names none or several, ReportError for a folder
    that can't be read.
    """
    if _is_folder(word):
        path = stored_run.locate(Path(word))
        record, results = stored_run.read(path)
        rows = [result.row for result in results]
        return kept_run(record, rows, path), rows
    run = _kept(history, word)
    return run, history.rows_of(run.run_id)


def folder_named(history: History, word: str) -> Path:
    """The folder of the run that a word names, as in `run_named`; raises UsageError, ReportError.

    A folder is needed for what the history does not keep, such as whole score vectors.
    """
    if _is_folder(word):
        return stored_run.locate(Path(word))
    run = _kept(history, word)
    if not Path(run.folder).is_dir():
        raise UsageError(
            f"run {run.run_id}: its folder {run.folder} is gone, and the history keeps its rows "
            "without their scores; name a run whose folder is there"
        )
    return Path(run.folder)


def _is_folder(word: str) -> bool:
    return bool(word) and word not in PLACES and Path(word).is_dir()


def _kept(history: History, word: str) -> KeptRun:
    if word in PLACES:
        return _of_place(history, word)
    return _of_id(history, history.kept_runs(), word)


def _of_place(history: History, word: str) -> KeptRun:
    ended = history.ended_runs()
    if len(ended) < -PLACES[word]:
        raise UsageError(
            f"{history.folder}: holds {len(ended)} runs that ended, so there is no {word} one; "
            "name a run folder, or another history with --history-dir"
        )
    return ended[PLACES[word]]


def _of_id(history: History, runs: Iterable[KeptRun], word: str) -> KeptRun:
    found = {run.run_id: run for run in runs}
    if word in found:
        return found[word]
    fitting = [run for run_id, run in found.items() if word and run_id.startswith(word)]
    if len(fitting) == 1:
        return fitting[0]
    several = f"; {len(fitting)} runs begin so" if fitting else ""
    raise UsageError(
        f"no run is called '{word:.200}'{several}; expected latest, previous, baseline, the id of "
        f"a run in {history.folder}, or a run folder; {nearest(word, found)}"
    )


def side_of(run: KeptRun, rows: Iterable[Row]) -> RunRows:
    """A run as one side of a comparison; one that died half-way has no case that it ran whole."""
    rows = list(rows)
    whole = run.covered_cases if run.run_finished else None
    versions = run.program_versions | _reported(run, rows)
    return rows_side(run.run_id, rows, whole or (), versions)


def rows_side(
    title: str,
    rows: Iterable[Row],
    whole_cases: Iterable[str],
    versions: Mapping[str, str] | None = None,
) -> RunRows:
    """Rows as one side of a comparison."""
    rows = list(rows)
    return RunRows(
        title=title,
        rows=tuple(compared_row(row) for row in rows if was_run(row)),
        not_run=frozenset(
            (row.case, row.image, row.candidate, row.scope) for row in rows if not was_run(row)
        ),
        whole_cases=frozenset(whole_cases),
        versions=versions or {},
    )


def _reported(run: KeptRun, rows: Iterable[Row]) -> dict[str, str]:
    """Versions that the programs themselves reported, by the stack or the reference's name."""
    programs: Mapping[str, Any] = json.loads(run.programs)
    found = {
        f"{stack} (as it reports)": str(told["version"])
        for stack, told in programs.items()
        if isinstance(told, dict) and told.get("version")
    }
    for row in rows:
        if row.candidate_version:
            found.setdefault(f"{row.stack} (as it reports)", row.candidate_version)
    return found
