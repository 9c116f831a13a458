"""Real TensorFlow against real TVM on small graphs, as users run them from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.testing.fixtures import Finished, RunCommand
from harness.testing.tiny import (
    decoder_graph,
    float_graph,
    with_function,
    write_graph,
    write_image,
)

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


def test_a_tensor_graph_of_any_size_asks_for_one(check: Check) -> None:
    done, rows = check(float_graph(shape=(None, None, None, 3)))
    assert (done.returncode, rows) == (2, None)
    assert "takes any size (None, None, None, 3)" in done.stderr
    assert "--size HEIGHTxWIDTH" in done.stderr
    done, rows = check(float_graph(shape=(None, None, None, 3)), "--size", "8", "--scope", "graph")
    assert done.returncode == 0
    assert rows[0]["input_shape"] == "1x8x8x3"


def test_a_function_of_the_graph_is_compiled_and_has_its_truth(check: Check) -> None:
    done, rows = check(with_function(decoder_graph()), "--scope", "graph", "--full-evidence")
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows[0]["error_ratio"] < 1
    assert "float32" not in rows[0]["notes"]


def test_cuda_without_a_device_is_skipped_with_the_remedy(check: Check) -> None:
    done, rows = check(decoder_graph(), "--candidate", "relay-cuda")
    assert {row["status"] for row in rows} == {"no_device"}
    assert done.returncode == 1


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
    assert (done.returncode, rows) == (2, None)
    assert "names 2 classes" in done.stderr
    assert "scores 10" in done.stderr
