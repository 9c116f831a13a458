"""Fixtures: writing a case file, and what `load` says about a wrong one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cases.case_file import load
from harness.errors import CaseError


@pytest.fixture
def case_file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the text of a case file; returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "tiny.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def refused(case_file: Callable[[str], Path]) -> Callable[[str], str]:
    """The message of the CaseError that `load` raises for a text, without the file's folder."""

    def load_and_fail(text: str) -> str:
        path = case_file(text)
        with pytest.raises(CaseError) as error:
            load(path)
        return str(error.value).replace(str(path), "tiny.toml")

    return load_and_fail
