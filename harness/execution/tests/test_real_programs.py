"""Real TensorFlow against real TVM on small graphs, as users run them from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.testing.fixtures import Finished, RunCommand
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

Check = Callable[..., tuple[Finished, Any]]
"""A fixture that runs `parity check` on a graph and returns the process and its rows."""

pytestmark = [pytest.mark.relay, pytest.mark.usefixtures("relay_here")]


@pytest.fixture
def check(parity: RunCommand, tmp_path: Path) -> Any:
    """`parity check` on a graph; returns (process, rows)."""
    image = write_image(tmp_path / "a.png", seed=1)

    def run(graph: Any, *words: Any) -> Any:
        path = write_graph(tmp_path / "model.pb", graph)
        done = parity("check", path, image, "--json", *words)
        return done, json.loads(done.stdout) if done.stdout.startswith("[") else None

    return run


@pytest.mark.parametrize("classes", [2, 7, 1000, 1001])
def test_any_number_of_classes(check: Check, classes: int) -> None:
    done, rows = check(decoder_graph(classes))
    assert done.returncode == 0, done.stderr
    assert [row["classes"] for row in rows] == [classes] * 2
    assert {row["status"] for row in rows} == {"match"}


@pytest.mark.parametrize(
    "graph",
    [
        float_graph(shape=(None, 8, 8, 3)),
        float_graph(shape=(1, 8, 8, 3)),
        float_graph(shape=(8, 8, 3)),
        float_graph(shape=(1, 8, 8, 3), dtype=4),
    ],
    ids=["batch unknown", "batch 1", "no batch", "uint8"],
)
def test_graphs_that_start_at_a_tensor(check: Check, graph: Any) -> None:
    """End to end TensorFlow decodes and resizes by its own defaults, Pillow by its own."""
    words = ("--mean", "127.5", "--scale", "0.0078125", "--resample", "bilinear")
    done, rows = check(graph, *words, "--end-to-end-atol", "0.2")
    assert done.returncode == 0, done.stderr + done.stdout
    assert [row["scope"] for row in rows] == ["graph", "end_to_end"]
    assert rows[0]["max_abs"] < 5e-6
    assert rows[1]["max_abs"] > rows[0]["max_abs"]


def test_a_tensor_graph_of_any_size_asks_for_one(check: Check) -> None:
    done, rows = check(float_graph(shape=(None, None, None, 3)))
    assert done.returncode == 1
    assert "--size" in rows[0]["reason"]
    done, rows = check(float_graph(shape=(None, None, None, 3)), "--size", "8", "--scope", "graph")
    assert done.returncode == 0
    assert rows[0]["input_shape"] == "1x8x8x3"


def test_nan_weights_are_never_a_pass(check: Check) -> None:
    done, rows = check(decoder_graph(nan=True))
    assert done.returncode == 1
    assert {row["status"] for row in rows} <= {"mismatch", "no_evidence"}
    assert all("NaN" in row["reason"] for row in rows)


def test_an_op_that_tvm_lacks_is_named(check: Check) -> None:
    done, rows = check(decoder_graph(extra_op="BesselI0e"))
    assert done.returncode == 1
    assert {row["status"] for row in rows} == {"import_failed"}
    assert all("BesselI0e" in row["reason"] for row in rows)


def test_an_op_that_nobody_knows_fails_the_reference(check: Check) -> None:
    done, rows = check(decoder_graph(extra_op="NoSuchOp"))
    assert done.returncode == 1
    assert {row["status"] for row in rows} == {"reference_failed"}
    assert all("NoSuchOp" in row["reason"] for row in rows)


def test_an_unknown_cpu_is_refused_rather_than_ignored(check: Check) -> None:
    done, rows = check(decoder_graph(), "--candidate", "stack=relay,target=llvm -mcpu=z80")
    assert done.returncode == 1
    assert {row["status"] for row in rows} == {"compile_failed"}
    assert "z80" in rows[0]["reason"]


def test_cuda_without_a_device_is_skipped_with_the_remedy(check: Check) -> None:
    done, rows = check(decoder_graph(), "--candidate", "relay-cuda")
    assert {row["status"] for row in rows} == {"no_device"}
    assert done.returncode == 1


@pytest.mark.parametrize("candidate", ["relay-host-nchw", "relay-llvm-nhwc", "relay-llvm-o0"])
def test_targets_layouts_and_levels(check: Check, candidate: Any) -> None:
    done, rows = check(decoder_graph(), "--candidate", candidate)
    assert done.returncode == 0, done.stderr
    assert "host" not in rows[0]["target"]
    assert rows[0]["candidate"] == candidate


def test_another_model_can_be_compiled_than_the_reference_runs(
    check: Check, tmp_path: Path
) -> None:
    other = write_graph(tmp_path / "other.pb", decoder_graph(seed=9))
    done, rows = check(decoder_graph(), "--candidate-model", other)
    assert done.returncode == 1
    assert {row["status"] for row in rows} == {"mismatch"}
    assert rows[0]["model_sha256"] != rows[0]["candidate_model_sha256"]


def test_a_corrupt_cache_entry_is_built_again(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "cache"))
    _, first = check(decoder_graph())
    (library,) = (tmp_path / "cache" / "builds").glob("*/lib.so")
    library.write_bytes(library.read_bytes()[:1000])
    done, second = check(decoder_graph())
    assert done.returncode == 0
    assert [row["cache"] for row in first + second] == ["built"] * 4
    assert second[0]["max_abs"] == first[0]["max_abs"]
    _, third = check(decoder_graph())
    assert third[0]["cache"] == "hit"


def test_labels_shorter_than_the_classes_are_refused(check: Check, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cat\ndog\n")
    done, rows = check(decoder_graph(), "--labels", labels)
    assert done.returncode == 1
    assert {row["status"] for row in rows} == {"no_evidence"}
    assert "2" in rows[0]["reason"]
    assert "10" in rows[0]["reason"]
