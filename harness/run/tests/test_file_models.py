"""Programs that compile nothing as candidates, and ONNX and TFLite files as models."""

import json
from typing import Any

import pytest

from harness.results.status import Status
from harness.testing.converted_network import PROGRAMS, ConvertedNetwork
from harness.testing.fixtures import RunCommand

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("converted")]


@pytest.fixture
def check(parity: RunCommand, converted_network: ConvertedNetwork) -> Any:
    """Runs `parity check` on a file of the network; returns the rows and the process."""

    def run(model: str, *words: str) -> Any:
        cache = {"PARITY_CACHE": str(converted_network.cache)}
        folder = converted_network.folder
        done = parity("check", model, "photo.png", "--json", *words, cwd=folder, env=cache)
        return json.loads(done.stdout or "[]"), done

    return run


def test_each_program_is_a_candidate_under_its_own_name(
    converted_network: ConvertedNetwork,
) -> None:
    rows = converted_network.rows
    assert [row["candidate"] for row in rows] == list(PROGRAMS)
    assert [row["candidate_program"] for row in rows] == ["TensorFlow", "ONNX Runtime", "LiteRT"]
    for row in rows:
        assert Status(row["status"]).passing, row["reason"]
        assert row["reference_program"] == "TensorFlow"
        assert (row["target"], row["layout"], row["opt_level"], row["pipeline"]) == (
            ("", "", None, "")
        )
        assert row["candidate_version"]
    assert rows[0]["max_abs"] == 0
    assert 0 < rows[1]["max_abs"] < 1e-5


def test_an_onnx_file_is_judged_against_onnx_runtime(check: Any) -> None:
    words = ("--scope", "graph", "--candidate", "onnxruntime", "--candidate", "tflite")
    (same, other), done = check("model.onnx", *words)
    assert done.returncode == 1, done.stderr
    assert (same["status"], same["max_abs"], same["classes"]) == ("match", 0, 20)
    assert same["reference_program"] == same["candidate_program"] == "ONNX Runtime"
    assert other["status"] == "import_failed"
    assert "stack 'tflite' takes GraphDefs, and the model is an ONNX file" in other["reason"]


@pytest.mark.slow
def test_what_is_before_the_file_is_done_by_tensorflows_operations(
    parity: RunCommand, converted_network: ConvertedNetwork
) -> None:
    words = ("model.onnx", "photo.png", "--candidate", "onnxruntime", "--json")
    cache = {"PARITY_CACHE": str(converted_network.cache)}
    done = parity("explain", *words, cwd=converted_network.folder, env=cache)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert found["decode_effect"] == found["import_effect"] == found["optimize_effect"] == 0
    assert found["explanation"].endswith("no step moves it by more than 0.0e+00.")


def test_a_network_that_an_onnx_file_differs_from_is_held_against_its_truth(check: Any) -> None:
    """The graph's own TFLite file is another program: its scores differ by rounding."""
    rows, done = check(
        "model.onnx",
        *("--scope", "graph", "--full-evidence"),
        *("--candidate", "tflite", "--candidate-model", "model.tflite"),
    )
    assert done.returncode == 0, done.stdout
    (row,) = rows
    assert (row["reference_program"], row["candidate_program"]) == ("ONNX Runtime", "LiteRT")
    assert 0 < row["reference_log_error"] < 1e-5
    assert 1e-6 < row["log_noise"] < 1e-3


def test_a_tflite_file_is_judged_against_litert_without_truth(check: Any) -> None:
    rows, done = check("model.tflite", "--scope", "graph", "--full-evidence", "--candidate=tflite")
    assert done.returncode == 0, done.stdout
    (row,) = rows
    assert row["reference_program"] == row["candidate_program"] == "LiteRT"
    assert row["status"] == "match"
    assert "no float64 truth: LiteRT evaluates no model in float64" in row["notes"]


def test_nodes_of_such_a_file_are_not_looked_into(
    parity: RunCommand, converted_network: ConvertedNetwork
) -> None:
    words = ("model.onnx", "photo.png", "--candidate", "relax-onnx-llvm")
    cache = {"PARITY_CACHE": str(converted_network.cache)}
    done = parity("locate", *words, cwd=converted_network.folder, env=cache)
    assert done.returncode == 2
    assert "model.onnx is an ONNX file, whose nodes are not looked into" in " ".join(
        done.stderr.split()
    )


def test_a_reference_that_does_not_take_the_file_says_so(check: Any) -> None:
    rows, done = check(
        "model.onnx", "--reference", "tflite", "--scope", "graph", "--candidate=onnxruntime"
    )
    assert done.returncode == 1, done.stderr
    (row,) = rows
    assert row["status"] == "reference_failed"
    assert "LiteRT as the reference runs files of format tflite" in row["reason"]
