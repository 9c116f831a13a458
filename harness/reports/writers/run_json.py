"""run.json: the run record, the version of the tables, and how many rows ended how."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from harness.reports.headline import count
from harness.results.result import Result
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.run_record import RunRecord

COUNTS = "counts"
VERSION = "schema_version"


class RunJson:
    """The run's facts as JSON; `from_json` reads them back."""

    file_name = "run.json"
    order = 10

    def render(self, run: RunRecord, results: Sequence[Result]) -> bytes:
        """UTF-8 JSON, indented."""
        return to_json(run, [result.row for result in results]).encode()


WRITER = RunJson()


def to_json(run: RunRecord, rows: Iterable[Row]) -> str:
    """The run's facts, then the version of its tables and how many rows ended how."""
    facts = run.model_dump(mode="json") | {VERSION: SCHEMA_VERSION, COUNTS: count(rows).plain()}
    return json.dumps(facts, indent=2) + "\n"


def from_json(text: str) -> RunRecord:
    """Read what `to_json` wrote; raises ValueError on anything else (pydantic's is one)."""
    facts = _object(text)
    added = (COUNTS, VERSION)
    return RunRecord.model_validate({k: v for k, v in facts.items() if k not in added})


def schema_version(text: str) -> int:
    """Version of the tables beside this run.json; 0 for one that was written before it had any."""
    return int(_object(text).get(VERSION, 0))


def _object(text: str) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except RecursionError as error:
        raise ValueError("its arrays are too deep") from error
    if not isinstance(facts, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one error for every foreign content
    return facts
