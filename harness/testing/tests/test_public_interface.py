"""What other packages may import: the names of `harness` itself."""

import subprocess
import sys

import pytest

import harness
from harness.testing.fixtures import ROOT


@pytest.mark.parametrize("name", [n for n in harness.__all__ if n != "from_tensorflow"])
def test_each_public_name_is_there(name: str) -> None:
    assert name in dir(harness)
    assert getattr(harness, name).__name__ == name


@pytest.mark.relax
def test_the_frontend_is_there_too(relax_here: None) -> None:
    assert harness.from_tensorflow.__name__ == "from_tensorflow"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'from_torch'"):
        _ = harness.from_torch


def test_importing_the_package_loads_no_library() -> None:
    code = "import sys, harness; print(sorted({'numpy', 'pandas', 'pydantic'} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
