"""Rows, results and run records with few fields set, for tests of reports and journals."""

import base64
from functools import cache
from typing import Any

import numpy as np

from harness.results.result import Result, TopkRow
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


def full_result(number: int) -> Result:
    """A compared row with every column filled, two top-5 lists and a thumbnail for four rows."""
    kinds = Row.column_types()
    figures = {n: (number + 1) / 7e7 for n, kind in kinds.items() if kind is float}
    counts = {n: number % 1000 for n, kind in kinds.items() if kind is int}
    texts = {n: f"{n} of the row" for n, kind in kinds.items() if kind is str}
    digests = {n: f"{number // 4:064x}" for n in kinds if n.endswith("sha256")}
    row = Row.model_validate(
        figures
        | counts
        | texts
        | digests
        | {"top1_equal": True, "topk_order_equal": True, "order_agrees": True}
        | {"image": f"image-{number // 4}.jpg", "log": "", "known_failure": "", "stage": ""}
        | {"scope": ("graph", "end_to_end")[number % 2], "reason": f"largest difference {number}"}
        | {"status": Status.MATCH if number % 10 else Status.MISMATCH}
    )
    topk = tuple(
        TopkRow(side, rank, rank * 7, f"class {rank * 7}", 0.7 / rank + number / 1e9, 0.7 / rank)
        for side in ("reference", "candidate")
        for rank in range(1, 6)
    )
    return Result(row=row, topk=topk, thumbnail=_thumbnail(number // 4))


@cache
def _thumbnail(image: int) -> str:
    """As long as one of a photo is."""
    content = np.random.default_rng(image).bytes(6000)
    return "data:image/jpeg;base64," + base64.b64encode(content).decode()
