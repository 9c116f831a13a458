"""`KeptRun`: a run in the history, one line of its table of runs; `kept_run` makes it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.reports.headline import count
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.run_record import RunRecord
from harness.results.table import TableRow

FINISHED, INCOMPLETE = "finished", "incomplete"


class KeptRun(TableRow):
    """One run of the history: when, where, of what, and how many rows ended how."""

    run_id: str
    """As in Row: by this the rows of a run are found."""
    run_started: str = ""
    """As in Row: ISO 8601, UTC."""
    run_finished: str = ""
    """When it ended: ISO 8601, UTC; empty where it died half-way."""
    state: str = FINISHED
    """`finished`, or `incomplete`: the rows are those that had arrived when it died."""
    exit_status: int | None = None
    """What the command returned; empty where it died."""
    command: str = ""
    """The command line, quoted for a shell."""
    commit: str = ""
    """As in Row."""
    dirty: bool | None = None
    """Whether tracked files differed from the commit."""
    versions: str = "{}"
    """JSON object: program to version, by the metadata of the installed packages."""
    programs: str = "{}"
    """JSON object: what the worker processes reported of their programs, by stack."""
    cpu: str = ""
    """Name of the processor."""
    system: str = ""
    """Name of the operating system."""
    whole_cases: str = "null"
    """JSON array of the cases of which every comparison was selected; null where unknown."""
    folder: str = ""
    """The run's folder when it ran."""
    schema_version: int = SCHEMA_VERSION
    """Version of the tables that the run wrote; its rows were upgraded where it is lower."""
    rows: int = 0
    """How many rows it left."""
    passing: int = 0
    """How many of them pass."""
    failing: int = 0
    """How many fail."""
    known: int = 0
    """How many fail as their case file says."""
    skipped: int = 0
    """How many were skipped."""

    @property
    def program_versions(self) -> dict[str, str]:
        """Program to version, of those that are installed."""
        return {name: str(value) for name, value in json.loads(self.versions).items() if value}

    @property
    def covered_cases(self) -> frozenset[str] | None:
        """The cases of which every comparison was selected; None where unknown."""
        cases = json.loads(self.whole_cases)
        return None if cases is None else frozenset(cases)


def kept_run(
    run: RunRecord, rows: Iterable[Row], folder: Path, version: int = SCHEMA_VERSION
) -> KeptRun:
    """The line of a run with these rows; without an end it is incomplete."""
    found, git = count(list(rows)), run.environment.git
    return KeptRun(
        **_columns(run),
        dirty=git.dirty if git else None,
        versions=_json(run.environment.versions),
        programs=_json(run.programs),
        cpu=run.environment.cpu.model,
        system=run.environment.os.name,
        whole_cases=_json(None if run.whole_cases is None else sorted(run.whole_cases)),
        folder=str(folder),
        schema_version=version,
        rows=found.rows,
        **{kind: found.kinds[kind] for kind in ("passing", "failing", "known", "skipped")},
    )


def _columns(run: RunRecord) -> dict[str, Any]:
    finished = run.finished
    return {
        **run.columns(),
        "run_finished": finished.isoformat(timespec="seconds") if finished else "",
        "state": FINISHED if finished else INCOMPLETE,
        "exit_status": run.exit_status,
        "command": run.command,
    }


def _json(value: Mapping[str, Any] | list[str] | None) -> str:
    return json.dumps(value, sort_keys=True)
