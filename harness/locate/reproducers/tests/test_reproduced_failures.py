"""A graph that can't be built comes down to the operation that is the reason."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from harness.graphdef.build import add_const, add_node
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef
from harness.testing.fixtures import RunCommand

FLOAT = ("type", DT_FLOAT)
BAD = 311
COMMON = ("model.pb", "photo.png", "--into", "made", "--json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.pb").write_bytes(to_bytes(chain(500)))
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    PIL.Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path


def chain(length: int) -> GraphDef:
    """Pixels → a chain of operations, one of them Erfc → scores."""
    graph = GraphDef()
    add_node(graph, "x", "Placeholder", [], dtype=FLOAT)
    for size in (1, 8, 8, 3):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    add_const(graph, "half", np.float32(0.5))
    last = "x"
    for number in range(length):
        name, op = f"n{number}", ("Mul", "AddV2", "Relu")[number % 3]
        if number == BAD:
            last = add_node(graph, name, "Erfc", [last], T=FLOAT)
        else:
            last = add_node(graph, name, op, [last, "half"][: 1 + (op != "Relu")], T=FLOAT)
    add_const(graph, "shape", np.array([1, 192], np.int32))
    add_node(graph, "flat", "Reshape", [last, "shape"], T=FLOAT)
    add_node(graph, "scores", "Softmax", ["flat"], T=FLOAT)
    return graph


def reproduced(parity: RunCommand, target: str) -> tuple[int, dict[str, Any]]:
    done = parity("reproduce", *COMMON, "--candidate", f"stack=fragile,target={target}")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)[0]


@pytest.mark.tensorflow
@pytest.mark.parametrize("target", ["abort", "refuse"])
def test_the_bad_operation_among_500_is_all_that_is_left(
    parity: RunCommand, fakes: Path, tensorflow_here: None, folder: Path, target: str
) -> None:
    code, found = reproduced(parity, target)
    assert (code, found["reproduces"], found["exit_codes"]) == (0, True, [1, 1, 1])
    assert found["operations"] == ["Erfc"]
    assert found["bytes"] < 1_000_000
    made = folder / "made"
    assert {path.name for path in made.iterdir()} == {
        *("graph.pb", "input.npy", "expected.npy", "settings.json"),
        *("reproduce.py", "requirements.txt", "ISSUE.md"),
    }
    text = (made / "ISSUE.md").read_text("utf-8")
    assert text.startswith("# fragile (fragile): ")
    assert "| n311 | Erfc |" in text
    again = subprocess.run(
        [sys.executable, "-I", "reproduce.py"], cwd=made, env={}, check=False, capture_output=True
    )
    assert again.returncode == 1


@pytest.mark.tensorflow
def test_a_folder_that_is_there_is_not_written_to(
    parity: RunCommand, fakes: Path, folder: Path
) -> None:
    (folder / "made").mkdir()
    (folder / "made" / "notes.txt").write_text("mine")
    done = parity("reproduce", *COMMON, "--candidate", "stack=fragile,target=abort")
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert [path.name for path in (folder / "made").iterdir()] == ["notes.txt"]


@pytest.mark.tensorflow
def test_a_row_of_a_run_is_reproduced(
    parity: RunCommand, fakes: Path, tensorflow_here: None, folder: Path
) -> None:
    (folder / "model.pb").write_bytes(to_bytes(chain(BAD + 9)))
    words = ("--candidate", "stack=fragile,target=refuse", "--report-dir", "reports")
    assert parity("check", "model.pb", "photo.png", *words).returncode == 1
    done = parity("reproduce", "latest", "1", "--into", "made", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["operations"] == ["Erfc"]


def test_a_run_that_is_not_there_is_wrong_use(parity: RunCommand, folder: Path) -> None:
    done = parity("reproduce", "latest", "1")
    assert done.returncode == 2
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
