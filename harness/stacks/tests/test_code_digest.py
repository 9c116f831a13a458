"""The digest of a step's source, by which a cached build is known to be of today's code."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import StackError
from harness.results.status import Status
from harness.stacks import relay
from harness.stacks.protocol import BuildStep
from harness.testing.fixtures import ROOT

PROGRAM = """
from harness.stacks import relay
from harness.stacks.protocol import BuildStep
print(BuildStep('build', relay.build_module, 'crashed', code=('{}',)).code_digest)
"""


def _digest(folder: Path, name: str) -> str:
    command = [sys.executable, "-c", PROGRAM.format(name)]
    done = subprocess.run(
        command,
        env={"PYTHONPATH": f"{ROOT}:{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_another_source_is_another_build(tmp_path: Path) -> None:
    package = tmp_path / "scheduler"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    (package / "tiles.py").write_text("WIDTH = 8\n")
    before = _digest(tmp_path, "scheduler")
    assert _digest(tmp_path, "scheduler") == before
    (package / "tiles.py").write_text("WIDTH = 16\n")
    assert _digest(tmp_path, "scheduler") != before


def test_a_step_whose_source_is_missing_raises() -> None:
    step = BuildStep("build", relay.build_module, Status.COMPILE_FAILED, code=("no_such_source",))
    with pytest.raises(StackError, match="no_such_source"):
        _ = step.code_digest
