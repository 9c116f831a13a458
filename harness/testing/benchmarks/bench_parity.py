"""Benchmarks: they measure, tests check. `tox run -e bench`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cases.tolerance import Tolerance
from harness.judge.verdict import applied_tolerance, judge
from harness.reports import page
from harness.reports.csv_table import to_csv
from harness.results.result import Result, TopkRow
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.testing.tiny import write_image

ROOT = Path(__file__).resolve().parents[3]
ROWS = 10_000


def test_compare_one_pair_of_a_thousand_classes(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    reference = rng.dirichlet(np.full(1000, 0.1)).astype(np.float32)
    candidate = reference + rng.normal(0, 1e-8, 1000).astype(np.float32)
    limits = applied_tolerance("graph", Tolerance(), reference)
    verdict = benchmark(judge, reference, candidate, k=5, limits=limits)
    assert verdict.status == "match"


def _results() -> list[Result]:
    return [Result(row=_row(number), topk=tuple(_topk(number))) for number in range(ROWS)]


def _row(number: int) -> Row:
    return Row(
        case="bench",
        image=f"image-{number}.jpg",
        candidate="relay-llvm-nchw",
        scope="graph",
        status=Status.MISMATCH if number % 10 == 0 else Status.MATCH,
        reason="largest difference 1e-7",
        max_abs=1e-7 * number,
    )


def _topk(number: int) -> Iterator[TopkRow]:
    for side in ("reference", "candidate"):
        for rank in range(1, 6):
            yield TopkRow(
                case="bench",
                image=f"image-{number}.jpg",
                candidate="relay-llvm-nchw",
                scope="graph",
                side=side,
                rank=rank,
                class_index=rank,
                label=f"class {rank}",
                score=0.5 / rank,
                other_score=0.5 / rank,
            )


@pytest.mark.parametrize("form", ["html", "csv"])
def test_render_ten_thousand_rows(benchmark: Any, form: str) -> None:
    results = _results()
    run = RunRecord.begin(["bench"]).end(1)
    rows = [result.row for result in results]
    render = {"html": lambda: page.render(run, results), "csv": lambda: to_csv(Row, rows)}
    text = benchmark.pedantic(render[form], rounds=2)
    assert f"image-{ROWS - 1}.jpg" in text


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
