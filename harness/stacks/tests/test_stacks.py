"""What the harness knows of a stack before any framework is imported."""

import importlib
import subprocess
import sys

import pytest

from harness.errors import StackError
from harness.results.stages import STAGES
from harness.results.status import Status
from harness.stacks.protocol import BuildStep
from harness.stacks.registry import all_stacks
from harness.testing.fixtures import ROOT

PROGRAM = """
from harness.stacks.protocol import BuildStep
print(BuildStep('build', 'harness.execution.channel:send', 'crashed', code=('{}',)).code_digest)
"""


def _digest(folder, name):
    command = [sys.executable, "-c", PROGRAM.format(name)]
    done = subprocess.run(
        command,
        env={"PYTHONPATH": f"{ROOT}:{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_another_source_is_another_build(tmp_path):
    package = tmp_path / "scheduler"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    (package / "tiles.py").write_text("WIDTH = 8\n")
    before = _digest(tmp_path, "scheduler")
    assert _digest(tmp_path, "scheduler") == before
    (package / "tiles.py").write_text("WIDTH = 16\n")
    assert _digest(tmp_path, "scheduler") != before


def test_a_step_whose_source_is_gone_is_no_silent_hit():
    step = BuildStep(
        "build", "harness.execution.channel:send", Status.COMPILE_FAILED, code=("no_such_source",)
    )
    with pytest.raises(StackError, match="no_such_source"):
        _ = step.code_digest


def test_every_step_is_a_known_stage_of_code_that_exists():
    for stack in all_stacks().values():
        places = [STAGES.index(step.name) for step in stack.steps]
        assert places == sorted(places)
        for step in stack.steps:
            module, _, name = step.function.partition(":")
            assert importlib.util.find_spec(module), step.function
            assert name
