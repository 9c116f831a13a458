"""`parity bisect-passes` names a wrong pass of a real compiler, and shows what it changed."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from harness.graphdef.build import copy_of
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing.fixtures import RunCommand

RELAX = pytest.param("relax", "", marks=pytest.mark.relax)
PACKED = pytest.param("relax", ",pipeline=packed", marks=pytest.mark.relax)
RELAY = pytest.param("relay", ",layout=NCHW", marks=pytest.mark.relay)
COMMAND = ("bisect-passes", "model.pb", "photo.png")


@pytest.fixture
def here(request: pytest.FixtureRequest, stack: str, fakes: Path) -> None:
    """Skips where the stack's TVM is not installed."""
    request.getfixturevalue(f"{stack}_here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.pb").write_bytes(to_bytes(small_net()))
    pixels = np.kron(np.random.default_rng(1).integers(0, 256, (9, 11, 3)), np.ones((9, 9, 1)))
    PIL.Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photo.png")
    return tmp_path


def bisected(parity: RunCommand, stack: str, more: str, sabotage: str) -> tuple[int, Any]:
    candidate = f"stack=sabotaged-{stack},target=host{more}"
    done = parity(*COMMAND, "--candidate", candidate, "--json", env={"PARITY_SABOTAGE": sabotage})
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)[0]


@pytest.mark.parametrize(
    ("stack", "more", "sabotage"),
    [
        pytest.param("relax", "", "tir_clip1", marks=[pytest.mark.relax, pytest.mark.slow]),
        pytest.param("relax", ",pipeline=packed", "fused_depthwise", marks=pytest.mark.relax),
        pytest.param(
            *("relay", ",layout=NCHW", "fused_nn_avg_pool2d"),
            marks=[pytest.mark.relay, pytest.mark.slow],
        ),
    ],
)
def test_a_wrong_pass_and_the_kernel_that_it_spoils_are_named(
    parity: RunCommand, here: None, folder: Path, stack: str, more: str, sabotage: str
) -> None:
    code, found = bisected(parity, stack, more, sabotage)
    assert (code, found["status"]) == (0, "found"), found["reason"]
    assert found["first_wrong"]["name"] == "Sabotage"
    assert found["last_right"]["number"] == found["first_wrong"]["number"] - 1
    assert len(found["changed"]) == 1
    assert sabotage in found["changed"][0] + found["first_wrong"]["function"]
    assert [line for line in found["difference"] if line.startswith("+ ")]
    assert found["builds"] <= math.log2(found["applications"]) + 3


@pytest.mark.parametrize(("stack", "more"), [PACKED])
def test_a_wrong_schedule_is_named(
    parity: RunCommand, here: None, folder: Path, stack: str, more: str
) -> None:
    code, found = bisected(parity, stack, more, "fused_conv2d1@schedule")
    assert (code, found["first_wrong"]["name"]) == (0, "packed.ScheduleKernels")


@pytest.mark.parametrize(
    ("stack", "more", "kind"),
    [
        pytest.param("relax", "", "relu6_unbounded", marks=pytest.mark.relax),
        # TVM 0.19 does not read half_pixel_centers: its program is wrong of the right model.
        pytest.param(
            "relay", ",layout=NCHW", "half_pixel_centers_flipped", marks=pytest.mark.relay
        ),
    ],
)
def test_a_fault_of_the_model_or_its_import_is_there_before_any_pass(
    parity: RunCommand, here: None, folder: Path, stack: str, more: str, kind: str
) -> None:
    graph = copy_of(small_net())
    faults(small_net(), "softmax", kinds=(kind,), per_kind=1).faults[0].edit(graph)
    (folder / "faulty.pb").write_bytes(to_bytes(graph))
    both = ("faulty.pb", "faulty.pb") if stack == "relay" else ("model.pb", "faulty.pb")
    words = ("--candidate", f"stack={stack},target=host{more}", "--candidate-model", both[1])
    done = parity("bisect-passes", both[0], "photo.png", *words)
    assert done.returncode == 1, done.stderr
    assert "before: the scores are wrong without any optional pass" in done.stdout
    assert "in its import" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("stack", "more"), [RELAX, RELAY])
def test_a_right_program_has_no_wrong_pass(
    parity: RunCommand, here: None, folder: Path, stack: str, more: str
) -> None:
    done = parity(*COMMAND, "--candidate", f"stack={stack},target=host{more}")
    assert done.returncode == 1, done.stderr
    assert "clean: the scores are right" in done.stdout


def test_a_stack_whose_passes_can_not_be_limited_is_wrong_use(
    parity: RunCommand, fakes: Path, folder: Path
) -> None:
    done = parity(*COMMAND, "--candidate", "stack=fake")
    assert done.returncode == 2
    assert "the passes of stack 'fake' can't be limited" in done.stderr
