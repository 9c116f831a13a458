"""run.json: the run record, the version of the tables, and how many rows ended how."""

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

from harness.reports.headline import Tally
from harness.reports.streamed import StreamedReport
from harness.results.result import Result
from harness.results.row import SCHEMA_VERSION
from harness.results.run_record import RunRecord

COUNTS = "counts"
VERSION = "schema_version"


class RunJsonSink:
    """run.json, which is written at the end, when the rows are counted."""

    def __init__(self, run: RunRecord, file: BinaryIO, _: Sequence[Result]) -> None:
        self._run, self._file = run, file
        self._tally = Tally()

    def add(self, results: Sequence[Result]) -> None:
        """Count these results."""
        self._tally.add(result.row for result in results)

    def close(self) -> bool:
        """The run's facts, then the version of its tables and how many rows ended how."""
        counts = {VERSION: SCHEMA_VERSION, COUNTS: self._tally.counts().plain()}
        facts = self._run.model_dump(mode="json") | counts
        self._file.write((json.dumps(facts, indent=2) + "\n").encode())
        return True

    def discard(self) -> None:
        """Nothing is held."""


WRITER = StreamedReport("run.json", 10, RunJsonSink)


def from_json(text: str) -> RunRecord:
    """Read what `to_json` wrote; raises ValueError on anything else (pydantic's is one)."""
    facts = _object(text)
    added = (COUNTS, VERSION)
    return RunRecord.model_validate({k: v for k, v in facts.items() if k not in added})


def schema_version(text: str) -> int:
    """Version of the tables beside this run.json; 0 for one that was written before it had any.

    Raises ValueError for anything else.
    """
    return _whole(_object(text), VERSION)


def rows_counted(text: str) -> int:
    """How many rows the tables beside this run.json have; raises ValueError on foreign content."""
    counts = _object(text).get(COUNTS)
    return _whole(counts, "rows") if isinstance(counts, dict) else 0


def _whole(facts: dict[str, Any], name: str) -> int:
    found = facts.get(name, 0)
    if not isinstance(found, int):
        raise ValueError(f"{name} is no whole number")  # noqa: TRY004 - as for other content
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except RecursionError as error:
        raise ValueError("its arrays are too deep") from error
    if not isinstance(facts, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one error for every foreign content
    return facts
