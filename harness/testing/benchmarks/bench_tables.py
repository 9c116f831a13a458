"""Time, memory and bytes of the tables of a large run; `extra_info` has the figures."""

import base64
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from harness.results import journal
from harness.results.result import Result, TopkRow
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.fixtures import ROOT

ROWS = 20_000
MEASURED = """
import json, resource, sys, time
from pathlib import Path
from harness.reports import registry
from harness.reports.streamed import StreamedReport, write_together
from harness.results.run_record import RunRecord
from harness.results.stored_results import StoredResults

def used():
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return [(one.ru_utime + one.ru_stime, one.ru_maxrss / 1024) for one in both]

folder, (begun, _) = Path(sys.argv[1]), used()
tables = [one for one in registry.own_writers() if isinstance(one, StreamedReport)]
start = time.perf_counter()
write_together(folder, tables, RunRecord.begin(["bench"]), StoredResults(folder / "journal.jsonl"))
wall = time.perf_counter() - start
(own, own_mib), (page, page_mib) = used()
seconds = {"wall_s": wall, "tables_cpu_s": own - begun[0], "page_cpu_s": page}
print(json.dumps(seconds | {"tables_peak_mib": own_mib, "page_peak_mib": page_mib}))
"""


def sample_result(number: int) -> Result:
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


def test_tables_of_a_large_run(benchmark: Any, tmp_path: Path) -> None:
    journal.write(tmp_path / journal.NAME, map(sample_result, range(ROWS)))

    def measure() -> dict[str, float]:
        command = [sys.executable, "-c", MEASURED, str(tmp_path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        found: dict[str, float] = json.loads(done.stdout)
        return found

    found = benchmark.pedantic(measure, rounds=1)
    size = (tmp_path / journal.NAME).stat().st_size
    benchmark.extra_info.update(found | {"journal_bytes_a_row": size / ROWS})
    print(benchmark.extra_info)
    assert (tmp_path / "topk.csv").read_text().count("\n") == 1 + 10 * ROWS
