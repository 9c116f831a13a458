"""The workflow files of docs/ci: GitHub reads them, and what they run does what they say."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.testing.fixtures import ROOT
from harness.testing.tiny import write_case

FILES = sorted((ROOT / "docs" / "ci").glob("*.yml"))
TOX = '#!/bin/sh\nexec "{python}" -m pytest -q cases\n'
"""Stands for tox, which would install an environment first."""
COMMANDS = {
    "tox": TOX,
    "pytest": '#!/bin/sh\nexec "{python}" -m pytest "$@"\n',
    "parity": '#!/bin/sh\nexec "{python}" -m harness.cli "$@"\n',
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_workflow_file_is_valid(file: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="pip install 'parity-harness[tests]'")
    command = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


class Runner:
    """Runs the steps of a workflow in a project of fake programs, as GitHub's runner does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        tools = folder / "tools"
        tools.mkdir()
        for name, text in COMMANDS.items():
            (tools / name).write_text(text.format(python=sys.executable))
            (tools / name).chmod(stat.S_IRWXU)
        self._summary = folder / "summary.md"
        self._environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(ROOT)]),
            "PARITY_REFERENCE": "fake-reference",
            "PARITY_HISTORY_DIR": str(folder / ".parity-history"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self._summary),
        }

    def run(self, name: str) -> tuple[dict[str, subprocess.CompletedProcess[str]], str]:
        """Every step but the install: process by step's name, and the summary that they wrote."""
        self._summary.write_text("")
        done, failed = {}, False
        for step in _steps(name):
            if step["name"] == "Install" or (failed and step.get("if") != "always()"):
                continue
            text = re.sub(r"\$\{\{ matrix\.\w+ \}\}", "parity", step["run"])
            one = subprocess.run(
                ["bash", "-e", "-c", text],
                cwd=self._folder,
                env=self._environment,
                capture_output=True,
                text=True,
                check=False,
            )
            done[step["name"]] = one
            failed = failed or one.returncode != 0
        return done, self._summary.read_text()


def _steps(name: str) -> list[dict[str, Any]]:
    """The steps of a workflow's one job that run something."""
    yaml = pytest.importorskip("ruamel.yaml", reason="pip install 'parity-harness[tests]'")
    workflow = yaml.YAML(typ="safe").load((ROOT / "docs" / "ci" / name).read_text())
    (job,) = workflow["jobs"].values()
    return [step for step in job["steps"] if "run" in step]


@pytest.fixture
def runner(tmp_path: Path, fakes: Path) -> Runner:
    """A project with one case, and what runs a workflow in it."""
    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    return Runner(tmp_path)


def test_the_nightly_runs_twice_the_second_time_with_the_comparison(runner: Runner) -> None:
    pytest.importorskip("duckdb", reason="pip install 'parity-harness[history]'")
    done, summary = runner.run("nightly.yml")
    assert [one.returncode for one in done.values()] == [0] * len(done), done
    assert "## All 2 rows pass" in summary
    assert "The first run that is kept" in summary
    done, summary = runner.run("nightly.yml")
    assert [one.returncode for one in done.values()] == [0] * len(done), done
    assert "The first run" not in summary
    assert "nothing changed" in summary


def test_a_regression_fails_the_night_and_is_in_its_summary(runner: Runner, tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="pip install 'parity-harness[history]'")
    runner.run("nightly.yml")
    case = tmp_path / "cases" / "tiny.toml"
    case.write_text(f"{case.read_text()}[limits]\nmemory_gib = 0.001\n")
    done, summary = runner.run("nightly.yml")
    assert done["Compare the programs"].returncode == 1
    assert done["What changed since the last run"].returncode == 1
    assert "## 2 of 2 rows fail" in summary
    assert "out_of_memory" in summary


def test_a_pull_request_has_its_rows_in_the_summary_and_failing_ones_annotated(
    runner: Runner, tmp_path: Path
) -> None:
    shifted = ("stack = 'fake'\ntarget = 'calm'", "stack = 'fake'\ntarget = 'shifted'")
    write_case(tmp_path, candidates=shifted)
    done, summary = runner.run("pull-request.yml")
    assert done["Compare the programs"].returncode == 1
    assert done["Summary"].returncode == 0, done["Summary"].stderr
    assert "## 2 of 4 rows fail" in summary
    lines = done["Compare the programs"].stdout.splitlines()
    annotated = [line for line in lines if line.startswith("::error file=cases/tiny.toml,title=")]
    assert len(annotated) == 2
    assert all("title=mismatch%3A a.jpg%2C fake-shifted" in line for line in annotated)
