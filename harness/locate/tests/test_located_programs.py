"""`parity locate` on real programs: the faulty node is named, and on right ones none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing.fixtures import RunCommand

RELAX = pytest.param("relax-host-packed", marks=pytest.mark.relax)
RELAX_DEFAULT = pytest.param("relax-host", marks=pytest.mark.relax)
ONNX = pytest.param("relax-onnx-host-packed", marks=pytest.mark.relax)
TFLITE = pytest.param("relax-tflite-host", marks=pytest.mark.relax)
RELAY = pytest.param("relay-host-nchw", marks=pytest.mark.relay)
RELAY_SLOW = pytest.param("relay-host-nchw", marks=[pytest.mark.relay, pytest.mark.slow])
"""Where slow tests run: Relay takes three times as long, and the rule is the same for all."""


@pytest.fixture
def here(request: pytest.FixtureRequest, candidate: str) -> None:
    """Skips where the candidate's TVM is not installed."""
    request.getfixturevalue("relay_here" if candidate.startswith("relay") else "relax_here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "model.pb", small_net())
    pixels = np.kron(np.random.default_rng(1).integers(0, 256, (9, 11, 3)), np.ones((9, 9, 1)))
    for number in (1, 2):
        picture = np.roll(pixels, 20 * number, axis=1).astype(np.uint8)
        PIL.Image.fromarray(picture).save(tmp_path / f"{number}.png")
    return tmp_path


def write(path: Path, graph: GraphDef) -> None:
    path.write_bytes(to_bytes(graph))


def planted(path: Path, *kinds: str) -> None:
    """The model with one fault of each kind."""
    whole = small_net()
    graph = GraphDef()
    graph.CopyFrom(whole)
    for kind in kinds:
        faults(whole, "softmax", kinds=(kind,), per_kind=1).faults[0].edit(graph)
    write(path, graph)


def located(parity: RunCommand, *words: object) -> tuple[int, dict[str, Any]]:
    done = parity("locate", "model.pb", "1.png", *words, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)[0]


@pytest.mark.parametrize("candidate", [RELAX, RELAX_DEFAULT, ONNX, TFLITE, RELAY])
def test_a_right_program_is_clean_and_all_of_it_is_checked(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    code, found = located(parity, "2.png", "--candidate", candidate)
    assert (code, found["status"], found["findings"]) == (0, "clean", [])
    for image in found["images"]:
        assert image["same_bits"]
        assert image["matched"] + image["inside"] == image["nodes"]
        assert image["unmatched_kernels"] == []
        assert max(kernel["excess"] for kernel in image["kernels"]) < 1


@pytest.mark.parametrize("candidate", [RELAX, RELAX_DEFAULT, RELAY_SLOW])
def test_two_faults_are_both_named_and_nothing_else(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    planted(folder / "faulty.pb", "mean_off_by_one", "relu6_unbounded")
    words = ("--candidate", candidate, "--candidate-model", "faulty.pb")
    code, found = located(parity, *words)
    assert (code, found["status"]) == (1, "faulty")
    named = [{node["name"] for node in one["nodes"]} for one in found["findings"]]
    assert len(named) == 2
    assert "Sub" in named[0]
    assert any(name.endswith("/Relu6") for name in named[1])
    for one in found["findings"]:
        assert one["local_max"] > 100 * one["reference_local_max"]
        assert one["amplification"] > 0


@pytest.mark.parametrize("candidate", [RELAX, RELAY_SLOW])
def test_without_its_only_fault_the_scores_would_agree(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    planted(folder / "faulty.pb", "bias_dropped")
    words = ("--candidate", candidate, "--candidate-model", "faulty.pb")
    _, found = located(parity, *words)
    (one,) = found["findings"]
    (image,) = found["images"]
    assert image["divergence"] > 1e-4
    assert one["remaining"] < 1e-6


@pytest.mark.parametrize("candidate", [RELAY])
def test_a_fault_of_the_compiler_itself_is_named(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    # TVM 0.19 does not read half_pixel_centers: both programs are made of the same model.
    planted(folder / "model.pb", "half_pixel_centers_flipped")
    code, found = located(parity, "--candidate", candidate)
    (one,) = found["findings"]
    assert (code, found["status"], one["by_value"]) == (1, "faulty", False)
    assert "ResizeBilinear" in {node["name"] for node in one["nodes"]}
    assert one["remaining"] < 1e-6 < found["images"][0]["divergence"]


@pytest.mark.parametrize("candidate", [RELAX, RELAY_SLOW])
def test_the_table_names_node_operation_and_attributes(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    planted(folder / "faulty.pb", "pool_counts_padding")
    words = ("--candidate", candidate, "--candidate-model", "faulty.pb")
    done = parity("locate", "model.pb", "1.png", "2.png", *words)
    assert done.returncode == 1, done.stderr
    printed = " ".join(done.stdout.split())
    assert "faulty: beyond what rounding explains: pool" in printed
    assert "pool AvgPool (T=float32" in printed
    assert "ksize=[1, 3, 3, 1]" in printed
    assert "faulty on 2 images" in printed


@pytest.mark.parametrize("candidate", [RELAX, RELAY])
def test_a_program_that_does_not_end_is_a_verdict_without_a_traceback(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    done = parity("locate", "model.pb", "1.png", "--candidate", candidate, "--run-timeout", "0.01")
    assert done.returncode == 1
    assert "failed: " in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_stack_that_can_not_be_observed_is_wrong_use(
    parity: RunCommand, fakes: Path, folder: Path
) -> None:
    done = parity("locate", "model.pb", "1.png", "--candidate", "stack=fake")
    assert done.returncode == 2
    assert "stack 'fake' can't be observed kernel by kernel" in done.stderr
    assert "relax" in done.stderr
