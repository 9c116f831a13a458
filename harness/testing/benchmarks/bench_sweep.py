"""Time of the statistics, gates and page of a large sweep; `extra_info` has the parts."""

import time
from typing import Any

import pandas as pd

from harness.cases.gates import Gates
from harness.sweep.facts import SweepFacts
from harness.sweep.gates import decide
from harness.sweep.page import render
from harness.sweep.statistics import summarise
from harness.sweep.tests.sample_tables import mixed

IMAGES = 50_000
"""Of each of two scopes: 100 000 rows, and some that crashed."""
GATES = Gates(min_top1_agreement=0.99, max_accuracy_drop=0.005, max_mismatches=100)


def test_statistics_of_a_large_sweep(benchmark: Any) -> None:
    parts = [mixed(IMAGES), mixed(IMAGES, 1, scope="end_to_end")]
    table = pd.concat(parts, ignore_index=True)

    def measure() -> dict[str, float]:
        start = time.perf_counter()
        statistics = summarise(table)
        summarised = time.perf_counter()
        gates = decide(GATES, statistics, statistics.images)
        decided = time.perf_counter()
        counts = {"selected_images": statistics.images, "finished_images": statistics.images}
        page = render(statistics, gates, SweepFacts(title="bench", **counts))
        seconds = {"summarise_s": summarised - start, "gates_s": decided - summarised}
        return seconds | {"page_s": time.perf_counter() - decided, "page_bytes": len(page)}

    found = benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info.update(found | {"rows": len(table)})
    print(benchmark.extra_info)
    assert found["page_bytes"] < 1_000_000
