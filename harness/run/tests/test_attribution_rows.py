"""The effects of an attribution in the rows and on the page, from the fake programs."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.judge.attribution import CONVERTED, CONVERTED_UNSEEN
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, write_case, write_graph


def test_rows_have_the_effects_and_the_errors(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
    done = run_pytest("cases", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    rows = pd.read_csv(tmp_path / "reports" / "latest" / "rows.csv")
    row = rows[rows.scope == "end_to_end"].iloc[0]
    parts = [row[f"{step}_effect"] for step in ("decode", "resize", "import", "optimize")]
    assert math.fsum(parts) == pytest.approx(row.divergence, abs=1e-15)
    assert abs(row.decode_effect) > abs(row.import_effect) > 0
    assert "the decoder" in row.explanation
    graph = rows[rows.scope == "graph"].iloc[0]
    assert np.isnan(graph.decode_effect)
    assert np.isnan(graph.noise)  # the two score vectors settled it
    assert "largest difference of ln score" in graph.rule


def test_every_row_has_truth_and_noise_where_they_are_asked_for(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
    done = run_pytest("cases", "--parity-full-evidence", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    rows = pd.read_csv(tmp_path / "reports" / "latest" / "rows.csv")
    graph = rows[rows.scope == "graph"].iloc[0]
    assert 0 < graph.noise < 1e-6
    assert 0 < graph.log_error < 3 * graph.log_noise
    assert 0 < graph.error_ratio < 3
    assert graph.noise_rmse <= graph.noise
    assert "distance from float64 truth over what rounding may do" in graph.rule


def _explained(
    folder: Path, run_pytest: RunCommand, op: str | None, stack: str = "fake-converting"
) -> Any:
    write_case(folder, candidates=(f"stack = '{stack}'\ntarget = 'calm'",))
    write_graph(folder / "cases" / "model.pb", decoder_graph(extra_op=op))
    (folder / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (folder / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
    run_pytest("cases", cwd=folder)
    rows = pd.read_csv(folder / "reports" / "latest" / "rows.csv")
    return rows[rows.scope == "end_to_end"].iloc[0]


def test_a_converter_has_an_effect_of_its_own(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    row = _explained(tmp_path, run_pytest, None)
    parts = [row[f"{step}_effect"] for step in CONVERTED]
    assert math.fsum(parts) == pytest.approx(row.divergence, abs=1e-15)
    assert abs(row.convert_effect) > 2 * abs(row.decode_effect) > 0
    assert abs(row.import_effect) < 1e-6
    assert np.isnan(row.convert_and_import_effect)
    assert not np.isnan(row.moved_convert_effect)


def test_a_converted_model_that_can_t_be_run_leaves_one_effect_of_both(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    row = _explained(tmp_path, run_pytest, "unrunnable")
    parts = [row[f"{step}_effect"] for step in CONVERTED_UNSEEN]
    assert math.fsum(parts) == pytest.approx(row.divergence, abs=1e-15)
    assert np.isnan(row.convert_effect)
    assert np.isnan(row.import_effect)
    assert "convert step not measured: " in row.notes
    assert "lacks the operation unrunnable" in row.notes
    page = (tmp_path / "reports" / "latest" / "report.html").read_text()
    assert "Convert and import" in page


def test_a_conversion_that_only_the_interpreter_finds_wrong_is_not_blamed(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    row = _explained(tmp_path, run_pytest, "brighter-converted")
    assert np.isnan(row.convert_effect)
    assert abs(row.convert_and_import_effect) < 1e-6
    assert "convert step not told apart from the import" in row.notes


def test_a_stack_that_converts_nothing_has_no_such_effect(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    row = _explained(tmp_path, run_pytest, None, "fake")
    assert np.isnan(row.convert_effect)
    assert np.isnan(row.convert_and_import_effect)
    assert ">Convert<" not in (tmp_path / "reports" / "latest" / "report.html").read_text()


def test_explanation_can_be_left_out(tmp_path: Path, fakes: Path, run_pytest: RunCommand) -> None:
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
    run_pytest("cases", "--parity-no-explain", cwd=tmp_path)
    rows = pd.read_csv(tmp_path / "reports" / "latest" / "rows.csv")
    assert rows.decode_effect.isna().all()
    assert fakes.read_text().split() == ["calm-o3"]
