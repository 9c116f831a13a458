"""A program that is watched: which kernel reads what, and what its outputs become."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.locate.probe import OBSERVED, PLAIN, watch
from harness.locate.tests import watched_program
from harness.stacks.protocol import function_path

PIXELS = np.array([[1, 2, 3, 4]], np.float32)


def watched(folder: Path, replaced: Any = None, opened: Any = watched_program.open_two) -> Any:
    program = {"key": str(folder), "open": function_path(opened), "options": {}}
    request = {
        "program": program,
        "outputs": ["scores"],
        "folder": str(folder),
        "replaced": replaced or {},
        "plain": True,
    }
    return watch(request, {"x": PIXELS})


def test_kernels_are_told_with_what_they_read_also_where_memory_is_used_again(
    tmp_path: Path,
) -> None:
    found, scores = watched(tmp_path)
    read = [(one["name"], one["inputs"]) for one in found["kernels"]]
    assert read == [("twice", ["input"]), ("square", ["0.0"]), ("shift", ["1.0"])]
    assert scores[PLAIN + "scores"].tobytes() == scores[OBSERVED + "scores"].tobytes()


def test_outputs_are_kept_as_the_kernels_wrote_them(tmp_path: Path) -> None:
    watched(tmp_path)
    assert np.load(tmp_path / "0.0.npy").tolist() == (2 * PIXELS + 0.5).tolist()
    assert np.load(tmp_path / "1.0.npy").tolist() == ((2 * PIXELS + 0.5) ** 2).tolist()


def test_a_replaced_output_is_what_later_kernels_read(tmp_path: Path) -> None:
    np.save(tmp_path / "tensor.npy", np.array([[[1.0], [2.0]], [[3.0], [4.0]]]))
    one = {"file": str(tmp_path / "tensor.npy"), "axes": [1, 0, 2], "block": 0}
    _, scores = watched(tmp_path, {"0.0": one})
    assert scores[OBSERVED + "scores"].tolist() == [[1.5, 9.5, 4.5, 16.5]]
    assert np.load(tmp_path / "0.0.npy").tolist() == (2 * PIXELS + 0.5).tolist()


def test_a_program_that_can_not_be_observed_says_so(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Sealed can't be observed"):
        watched(tmp_path, opened=watched_program.open_sealed)
