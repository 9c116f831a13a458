"""Rows, results and run records with few fields set, for tests of reports and journals."""

from typing import Any

from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.status import Status


def make_row(**fields: Any) -> Row:
    named = {"case": "c", "image": "i.jpg", "candidate": "relay", "scope": "graph"}
    return Row(**{**named, "status": Status.MATCH, **fields})


def make_result(**fields: Any) -> Result:
    return Result(row=make_row(**fields))


def make_run(exit_status: int = 0, **fields: Any) -> RunRecord:
    return RunRecord.begin(["parity"]).end(exit_status).model_copy(update=fields)
