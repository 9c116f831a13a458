"""The three stacks of TVM 0.27 through the command line, as a user runs them."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from harness.judge.attribution import CONVERTED
from harness.testing.tiny import (
    decoder_graph,
    float_graph,
    with_function,
    write_graph,
    write_image,
)

pytestmark = [pytest.mark.relax, pytest.mark.usefixtures("relax_here")]

STACKS = ("relax", "relax-onnx", "relax-tflite")


@pytest.fixture
def check(parity: Any, tmp_path: Path) -> Any:
    """Runs `parity check` on a graph and a small image; returns the rows and the process."""

    def run(graph: Any, *words: Any, size: Any = "16") -> Any:
        write_graph(tmp_path / "model.pb", graph)
        write_image(tmp_path / "photo.png", size=(20, 18))
        sized = ["--size", size] if size else []
        done = parity("check", "model.pb", "photo.png", "--json", *sized, *words)
        return json.loads(done.stdout or "[]"), done

    return run


@pytest.mark.parametrize(
    "graph", [with_function(decoder_graph()), float_graph(shape=(1, 16, 16, 3))]
)
@pytest.mark.parametrize("pipeline", ["", "-packed"])
def test_every_stack_gives_tensorflows_answer(check: Any, graph: Any, pipeline: str) -> None:
    words = [f"--candidate={stack}-host{pipeline}" for stack in STACKS]
    rows, done = check(graph, "--scope", "graph", *words)
    assert {row["status"] for row in rows} <= {"match", "within_noise"}, done.stderr
    assert len(rows) == len(STACKS)
    for row in rows:
        assert row["max_abs"] < 2e-6
        assert row["stage"] == ""
        assert (row["convert_s"] is None) is (row["stack"] == "relax")
        assert min(row["import_s"], row["optimize_s"], row["build_s"]) > 0
        assert row["candidate_version"].startswith("0.27")


@pytest.mark.parametrize(
    ("stack", "status", "stage"),
    [
        ("relax", "import_failed", "import"),
        ("relax-onnx", "convert_failed", "convert"),
        ("relax-tflite", "convert_failed", "convert"),
    ],
)
def test_what_a_stack_can_not_do_is_named_with_its_stage(
    check: Any, stack: str, status: str, stage: str
) -> None:
    graph = decoder_graph(extra_op="Digamma")
    rows, _ = check(graph, "--scope", "graph", "--candidate", f"{stack}-llvm")
    assert [row["status"] for row in rows] == [status], rows[0]["reason"]
    assert rows[0]["stage"] == stage
    assert "Digamma" in rows[0]["reason"]


def test_an_unknown_cpu_is_refused_rather_than_ignored(check: Any) -> None:
    word = "stack=relax,target=llvm -mcpu=pentium9000"
    rows, _ = check(decoder_graph(), "--scope", "graph", "--candidate", word)
    assert rows[0]["status"] == "optimize_failed"
    assert "pentium9000" in rows[0]["reason"]


def test_a_layout_is_not_asked_of_a_stack_that_keeps_the_graphs_own(check: Any) -> None:
    _, done = check(decoder_graph(), "--candidate", "relax-llvm-nchw")
    assert done.returncode == 2
    assert "keeps the graph's own" in done.stderr


def test_a_second_process_loads_what_the_first_built_and_gives_the_same_bits(
    check: Any, parity: Any
) -> None:
    words = [f"--candidate={stack}-host-packed" for stack in STACKS]
    first, _ = check(decoder_graph(), "--scope", "graph", *words)
    again, _ = check(decoder_graph(), "--scope", "graph", *words)
    for one, other in zip(first, again, strict=True):
        assert other["cache"] == "hit"
        assert other["candidate_score"] == one["candidate_score"]
        assert other["max_abs"] == one["max_abs"]


def test_a_chain_is_explained_on_this_stack_too(parity: Any, check: Any, tmp_path: Path) -> None:
    check(decoder_graph(), "--scope", "graph", "--candidate", "relax-host-packed")
    write_image(tmp_path / "photo.jpg", size=(40, 30))
    words = ("--candidate", "relax-host-packed", "--size", "16", "--json")
    done = parity("explain", "model.pb", "photo.jpg", *words)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    parts = [told[f"{step}_effect"] for step in ("decode", "resize", "import", "optimize")]
    assert sum(parts) == pytest.approx(told["divergence"], abs=1e-12)
    assert abs(told["import_effect"]) < 1e-6


@pytest.mark.parametrize(("stack", "blamed"), [("relax-onnx", True), ("relax-tflite", False)])
def test_a_resize_that_a_converter_gets_wrong_is_its_effect(
    parity: Any, tmp_path: Path, stack: str, blamed: bool
) -> None:
    """tf2onnx's scale makes 223 rows of 427, and TVM derives another scale from them."""
    write_graph(tmp_path / "model.pb", decoder_graph(size=224))
    write_image(tmp_path / "photo.png", size=(640, 427))
    done = parity("explain", "model.pb", "photo.png", "--candidate", f"{stack}-llvm", "--json")
    (told,) = json.loads(done.stdout)
    parts = [told[f"{step}_effect"] for step in CONVERTED]
    assert math.fsum(parts) == pytest.approx(told["divergence"], abs=1e-12)
    assert told["convert_and_import_effect"] is None
    assert (abs(told["convert_effect"]) > 1e-3) is blamed
    assert abs(told["import_effect"]) < max(1e-5, abs(told["convert_effect"]) / 10)
    assert ("converting the model accounts for" in told["explanation"]) is blamed


def test_bench_prints_a_line_a_candidate(parity: Any, tmp_path: Path) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    words = ("--candidate", "relax-host-packed", "--candidate", "relax-onnx-llvm")
    done = parity("bench", "model.pb", *words, "--rounds", "2", "--size", "16", "--json")
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    assert [line["candidate"] for line in lines] == ["relax-host-packed", "relax-onnx-llvm"]
    for line in lines:
        assert line["ratio"] > 0
        assert line["candidate_ms"] > 0
        assert line["candidate_error_max"] < 1e-5
