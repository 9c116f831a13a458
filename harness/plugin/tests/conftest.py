"""A project of one case on the fake programs, run by pytest as a person does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.testing.fixtures import Finished, RunCommand
from harness.testing.tiny import write_case

FAKE = "stack = 'fake'\ntarget = '{}'"
CALM = FAKE.format("calm")
Project = Callable[..., tuple[Finished, pd.DataFrame]]


@pytest.fixture
def project(tmp_path: Path, fakes: Path, run_pytest: RunCommand) -> Project:
    """Runs pytest on a project of one case with the fake programs; returns (process, rows)."""

    def run(*words: str, case: str | None = None, **keys: Any) -> tuple[Finished, pd.DataFrame]:
        if case is None:
            write_case(tmp_path, **{"candidates": (CALM,), **keys})
        (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
        (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
        done = run_pytest(*(words or ("cases",)), cwd=tmp_path)
        rows = tmp_path / "reports" / "latest" / "rows.csv"
        return done, pd.read_csv(rows) if rows.exists() else pd.DataFrame()

    return run
