"""Time, memory and bytes of the tables of a large run; `extra_info` has the figures."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.results import journal
from harness.testing.fixtures import ROOT
from harness.testing.sample_rows import full_result

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


def test_tables_of_a_large_run(benchmark: Any, tmp_path: Path) -> None:
    journal.write(tmp_path / journal.NAME, map(full_result, range(ROWS)))

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
