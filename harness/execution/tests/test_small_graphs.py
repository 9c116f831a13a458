"""Real TensorFlow against real TVM on many small graphs: a case file each, all in one run."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.testing.fixtures import ROOT
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

pytestmark = [
    pytest.mark.relay,
    pytest.mark.xdist_group("small graphs"),  # their one run is shared by all tests here
]

CLASSES = (2, 7, 1000, 1001)
RELAY = "stack = 'relay'\nlayout = 'NCHW'"
TENSOR_GRAPHS = {
    "batch-unknown": float_graph(shape=(None, 8, 8, 3)),
    "batch-1": float_graph(shape=(1, 8, 8, 3)),
    "no-batch": float_graph(shape=(8, 8, 3)),
    "uint8": float_graph(shape=(1, 8, 8, 3), dtype=4),
}
PIXEL_CASE = """\
[preprocess]
resample = 'bilinear'
[tolerance.end_to_end]
atol = 0.2
"""
TENSOR_CASE = """\
[preprocess]
mean = [127.5]
scale = [0.0078125]
resample = 'bilinear'
[tolerance.end_to_end]
atol = 0.2
"""
DECODER_GRAPHS = {
    **{f"classes-{count}": decoder_graph(count) for count in CLASSES},
    "nan": decoder_graph(nan=True),
    "absent-in-tvm": decoder_graph(extra_op="BesselI0e"),
    "absent-everywhere": decoder_graph(extra_op="NoSuchOp"),
}
CANDIDATES = {
    "relay-host-nchw": "stack = 'relay'\ntarget = 'host'\nlayout = 'NCHW'",
    "relay-llvm-nhwc": "stack = 'relay'\nlayout = 'NHWC'",
    "relay-llvm-o0": "stack = 'relay'\nopt_level = 0",
}
UNKNOWN_CPU = "stack = 'relay'\ntarget = 'llvm -mcpu=z80'"


def _write(folder: Path, name: str, graph: Any, candidates: tuple[str, ...], how: str = "") -> None:
    """A case file and its model."""
    write_graph(folder / f"{name}.pb", graph)
    texts = [f"[model]\npath = '{name}.pb'", "[[images]]\npath = 'a.png'", how]
    texts += [f"[[candidates]]\n{candidate}" for candidate in candidates]
    (folder / f"{name}.toml").write_text("\n".join(texts) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def rows(relay_here: None, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rows of all cases, from one run with -n 2."""
    folder = tmp_path_factory.mktemp("small")
    cases = folder / "cases"
    cases.mkdir()
    write_image(cases / "a.png", seed=1)
    for name, graph in TENSOR_GRAPHS.items():
        whole_numbers = name == "uint8"  # such a tensor is not normalised
        _write(cases, name, graph, (RELAY,), PIXEL_CASE if whole_numbers else TENSOR_CASE)
    for name, graph in DECODER_GRAPHS.items():
        _write(cases, name, graph, (RELAY,))
    _write(cases, "candidates", decoder_graph(), (*CANDIDATES.values(), UNKNOWN_CPU))
    (folder / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    command = [sys.executable, "-m", "pytest", "-n", "2", "cases"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    table = folder / "reports" / "latest" / "rows.csv"
    assert table.is_file(), done.stdout
    return pd.read_csv(table, keep_default_na=False)


def _found(rows: pd.DataFrame, case: str) -> list[Any]:
    """The two rows of a case with one candidate: scope graph, scope end_to_end."""
    found = list(rows[rows.case == f"cases/{case}"].itertuples())
    assert [row.scope for row in found] == ["graph", "end_to_end"]
    return found


@pytest.mark.parametrize("classes", CLASSES)
def test_any_number_of_classes(rows: pd.DataFrame, classes: int) -> None:
    found = _found(rows, f"classes-{classes}")
    assert {row.status for row in found} == {"match"}, found[0].reason
    assert [int(row.classes) for row in found] == [classes] * 2


@pytest.mark.parametrize("name", TENSOR_GRAPHS)
def test_graphs_that_start_at_a_tensor(rows: pd.DataFrame, name: str) -> None:
    """End to end TensorFlow decodes and resizes by its own defaults, Pillow by its own."""
    graph, whole = _found(rows, name)
    assert {graph.status, whole.status} <= {"match", "tie", "within_noise"}, whole.reason
    assert float(graph.max_abs) < 5e-6
    assert float(whole.max_abs) > float(graph.max_abs)


def test_nan_weights_are_never_a_pass(rows: pd.DataFrame) -> None:
    found = _found(rows, "nan")
    assert {row.status for row in found} <= {"mismatch", "no_evidence"}
    assert all("NaN" in row.reason for row in found)


@pytest.mark.parametrize(
    ("name", "status", "op"),
    [
        ("absent-in-tvm", "import_failed", "BesselI0e"),
        ("absent-everywhere", "reference_failed", "NoSuchOp"),
    ],
)
def test_an_op_that_a_program_lacks_is_named(
    rows: pd.DataFrame, name: str, status: str, op: str
) -> None:
    found = _found(rows, name)
    assert {row.status for row in found} == {status}
    assert all(op in row.reason for row in found)


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_targets_layouts_and_levels(rows: pd.DataFrame, candidate: str) -> None:
    found = rows[(rows.case == "cases/candidates") & (rows.candidate == candidate)]
    assert list(found.status) == ["match"] * 2
    assert not found.target.str.contains("host").any()


def test_an_unknown_cpu_is_refused_rather_than_ignored(rows: pd.DataFrame) -> None:
    found = rows[rows.candidate.str.contains("z80")]
    assert list(found.status) == ["compile_failed"] * 2
    assert found.reason.str.contains("z80").all()
