"""A folder of case files and models made by a module, run by pytest as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.reports.read_rows import read_rows
from harness.testing.fixtures import ROOT

if TYPE_CHECKING:
    from pandas import DataFrame

_QUIET = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"}


def make_models(module: str, folder: Path, *names: str) -> None:
    """Run a module that writes models into a folder, in a process of its own."""
    command = [sys.executable, "-m", module, str(folder), *names]
    subprocess.run(command, check=True, env={**os.environ, **_QUIET}, capture_output=True)


def run_cases(folder: Path) -> "DataFrame":
    """Run the case files in `folder/cases` with -n 2; the rows, whatever came of them."""
    (folder / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "cases"],
        cwd=folder,
        env={**os.environ, **_QUIET},
        capture_output=True,
        text=True,
        check=False,
    )
    latest = folder / "reports" / "latest"
    assert latest.exists(), done.stdout
    return read_rows(latest)
