"""A Run and its counts ↔ run.json."""

import json
from collections.abc import Iterable

from harness.reports.headline import count
from harness.results.row import Row
from harness.results.run_record import RunRecord

COUNTS = "counts"


def to_json(run: RunRecord, rows: Iterable[Row]) -> str:
    """The run's facts, then how many rows ended how."""
    facts = run.model_dump(mode="json") | {COUNTS: count(rows).plain()}
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def from_json(text: str) -> RunRecord:
    """Read what `to_json` wrote; raises ValueError on anything else (pydantic's is one)."""
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one error for every foreign content
    return RunRecord.model_validate({key: value for key, value in facts.items() if key != COUNTS})
