"""A faulty node of a real program becomes a folder that shows it with TVM and NumPy alone."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from harness.graphdef.build import copy_of
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing.fixtures import RunCommand

RELAX = pytest.param("relax-host", marks=pytest.mark.relax)
RELAY_SLOW = pytest.param("relay-host-nchw", marks=[pytest.mark.relay, pytest.mark.slow])
"""Where slow tests run: what differs by stack is the form of the folder, which the fault has."""
COMMAND = ("reproduce", "model.pb", "photo.png", "--candidate-model", "faulty.pb", "--into", "made")


@pytest.fixture
def here(request: pytest.FixtureRequest, candidate: str) -> None:
    """Skips where the candidate's TVM is not installed."""
    request.getfixturevalue("relay_here" if candidate.startswith("relay") else "relax_here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.pb").write_bytes(to_bytes(small_net()))
    pixels = np.kron(np.random.default_rng(1).integers(0, 256, (9, 11, 3)), np.ones((9, 9, 1)))
    PIL.Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photo.png")
    return tmp_path


def plant(folder: Path, kind: str) -> None:
    """A fault of the kind in the model that the candidate is compiled from."""
    whole = small_net()
    graph = copy_of(whole)
    faults(whole, "softmax", kinds=(kind,), per_kind=1).faults[0].edit(graph)
    (folder / "faulty.pb").write_bytes(to_bytes(graph))


@pytest.mark.parametrize(
    ("candidate", "kind"),
    [
        pytest.param(
            *("relax-host", "pool_counts_padding"), marks=[pytest.mark.relax, pytest.mark.slow]
        ),
        pytest.param("relax-host-packed", "relu6_unbounded", marks=pytest.mark.relax),
        pytest.param("relay-host-nchw", "relu6_unbounded", marks=pytest.mark.relay),
    ],
)
def test_the_folder_shows_a_planted_fault_in_at_most_three_operations(
    parity: RunCommand, here: None, folder: Path, candidate: str, kind: str
) -> None:
    plant(folder, kind)
    done = parity(*COMMAND, "--candidate", candidate, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = json.loads(done.stdout)
    assert found["exit_codes"] == [1, 1, 1]
    assert 1 <= len(found["operations"]) <= 3
    made = folder / "made"
    assert sum(path.stat().st_size for path in made.iterdir()) == found["bytes"] < 1_000_000
    assert np.load(made / "expected.npy").dtype == np.float64
    pins = (made / "requirements.txt").read_text("utf-8").splitlines()
    assert not [pin for pin in pins if "tensorflow" in pin]
    assert any(pin.startswith("numpy==") for pin in pins)


@pytest.mark.parametrize("candidate", [RELAX, RELAY_SLOW])
def test_a_right_program_has_nothing_to_reproduce(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    (folder / "faulty.pb").write_bytes((folder / "model.pb").read_bytes())
    done = parity(*COMMAND, "--candidate", candidate)
    assert done.returncode == 1
    assert "no reproducer: clean" in done.stdout
    assert not (folder / "made").exists()


@pytest.mark.parametrize("candidate", [RELAX, RELAY_SLOW])
def test_a_node_that_does_not_err_is_wrong_use(
    parity: RunCommand, here: None, folder: Path, candidate: str
) -> None:
    plant(folder, "relu6_unbounded")
    done = parity(*COMMAND, "--candidate", candidate, "--node", "softmax")
    assert done.returncode == 2
    assert "node 'softmax' is not among those that err" in done.stderr


@pytest.mark.relax
@pytest.mark.slow
def test_a_fault_of_the_compiler_that_tvm_alone_has_not_is_shown_by_the_module_after_it(
    parity: RunCommand, relax_here: None, fakes: Path, folder: Path
) -> None:
    words = ("--candidate", "stack=sabotaged-relax,target=host", "--into", "made")
    done = parity("reproduce", "model.pb", "photo.png", *words, env={"PARITY_SABOTAGE": "tir_clip"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 operation (Relu6)" in done.stdout
    settings = json.loads((folder / "made" / "settings.json").read_text("utf-8"))
    assert settings["lowered"]
