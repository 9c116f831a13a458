"""The plugin in a project that has no case files: it must neither show nor load anything."""

from pathlib import Path

import pytest

from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_case

PLAIN = """
import sys

HEAVY = {"numpy", "PIL", "pydantic", "pandas", "jinja2", "psutil"}
OURS = {"harness.run.plan", "harness.results.run_record", "harness.plugin.active"}

def test_nothing_heavy_is_loaded():
    assert not (HEAVY | OURS) & set(sys.modules)
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A project of somebody's own, with the plugin loaded and one test."""
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -W error\n")
    (tmp_path / "test_plain.py").write_text(PLAIN)
    return tmp_path


def test_a_project_without_cases_sees_and_loads_nothing(
    foreign: Path, run_pytest: RunCommand
) -> None:
    done = run_pytest("-p", "no:xdist", cwd=foreign)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("parity")]
    assert not (foreign / "reports").exists()


def test_a_toml_file_outside_of_a_folder_called_cases_is_left_alone(
    foreign: Path, run_pytest: RunCommand
) -> None:
    (foreign / "settings.toml").write_text("[anything]\n")
    done = run_pytest("-p", "no:xdist", cwd=foreign)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("workers", ["-p no:xdist", "-n 2"])
def test_a_wrong_option_is_refused_before_anything_runs(
    foreign: Path, run_pytest: RunCommand, workers: str
) -> None:
    done = run_pytest(*workers.split(), "--parity-run-timeout=soon", cwd=foreign)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--parity-run-timeout takes a number above 0; found 'soon'" in done.stderr
    assert "passed" not in done.stdout


def test_the_marker_is_declared(foreign: Path, run_pytest: RunCommand) -> None:
    done = run_pytest("--markers", cwd=foreign)
    assert "@pytest.mark.parity" in done.stdout


def test_cases_under_strict_markers_and_warnings_as_errors(
    tmp_path: Path, foreign: Path, run_pytest: RunCommand, fakes: Path
) -> None:
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    with (foreign / "pytest.ini").open("a") as ini:
        ini.write("parity_reference = fake-reference\n")
    done = run_pytest("cases", cwd=foreign)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_stages_are_shown_as_they_happen_with_v(
    tmp_path: Path, foreign: Path, run_pytest: RunCommand, fakes: Path
) -> None:
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    words = ("cases", "--parity-reference=fake-reference")
    shown = run_pytest(*words, "-v", cwd=foreign).stdout
    for stage in ("import (fake)", "build (fake)", "run fake-calm"):
        assert f"parity: {stage} …" in shown
    for scope in ("graph", "end_to_end"):
        assert shown.count(f"parity: reference, {scope} …") == 1
    assert "parity: build (fake)" not in run_pytest(*words, cwd=foreign).stdout


def test_stages_are_shown_with_v_under_xdist_with_the_process_that_runs_them(
    tmp_path: Path, foreign: Path, run_pytest: RunCommand, fakes: Path
) -> None:
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",), images=("a.jpg", "b.jpg"))
    words = ("cases", "--parity-reference=fake-reference", "-n", "2")
    shown = run_pytest(*words, "-v", cwd=foreign).stderr.splitlines()
    for worker in ("gw0", "gw1"):
        assert f"[{worker}] parity: reference, graph …" in shown
    assert "parity: " not in run_pytest(*words, cwd=foreign).stderr
