"""Benchmarks: they measure, tests check. `tox run -e bench`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cases.tolerance import GraphTolerance
from harness.judge.applied_tolerance import applied_tolerance
from harness.judge.verdict import judge
from harness.reports import page
from harness.results.run_record import RunRecord
from harness.testing.sample_rows import full_result
from harness.testing.tiny import write_image

ROOT = Path(__file__).resolve().parents[3]
ROWS = 10_000


def test_compare_one_pair_of_a_thousand_classes(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    reference = rng.dirichlet(np.full(1000, 0.1)).astype(np.float32)
    candidate = reference * (1 + 1e-7 * rng.normal(size=1000)).astype(np.float32)
    limits = applied_tolerance("graph", GraphTolerance(), reference)
    verdict = benchmark(judge, reference, candidate, k=5, limits=limits)
    assert verdict.status == "match"


def test_render_the_page_of_ten_thousand_rows(benchmark: Any) -> None:
    results, run = [full_result(number) for number in range(ROWS)], RunRecord.begin(["bench"])
    text = benchmark.pedantic(lambda: page.render(run.end(1), results), rounds=2)
    assert f"image-{(ROWS - 1) // 4}.jpg" in text


@pytest.mark.relay
@pytest.mark.usefixtures("relay_here")
def test_warm_check(benchmark: Any, tmp_path: Path) -> None:
    """The whole command on a model that was compiled before, TensorFlow's start included."""
    image = write_image(tmp_path / "a.jpg", size=(224, 224))
    command = [sys.executable, "-m", "harness.cli", "check", "zoo:efficientnet-lite0", str(image)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def check() -> None:
        subprocess.run(command, check=True, capture_output=True, env=environment)

    benchmark.pedantic(check, rounds=2, warmup_rounds=1)
