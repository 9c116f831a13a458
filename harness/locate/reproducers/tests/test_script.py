"""The scripts of reproducers: short, free of the harness, and with three exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from harness.locate.reproducers import script_failure, script_values
from harness.locate.reproducers.script_text import MAX_LINES, script
from harness.locate.reproducers.tests import answers
from harness.stacks.registry import all_stacks

FORMS = {
    f"{stack.name} {form.step}": form
    for stack in all_stacks().values()
    for form in stack.standalone
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("main", [script_values, script_failure])
def test_a_script_is_short_and_needs_nothing_of_the_harness(name: str, main: ModuleType) -> None:
    text = script(FORMS[name].answer, main)
    compile(text, "reproduce.py", "exec")
    assert len(text.splitlines()) < MAX_LINES
    assert "harness" not in text
    assert "noqa" not in text


def ended(folder: Path, main: ModuleType, **settings: Any) -> tuple[int, str]:
    """Exit code and output of a script in a process of its own."""
    np.save(folder / "input.npy", np.array([1, 2, 3], np.float32))
    np.save(folder / "expected.npy", np.array([[2.0, 4.0, 6.0]]))
    (folder / "settings.json").write_text(json.dumps({"environment": {}, **settings}))
    (folder / "reproduce.py").write_text(script(answers.answer, main))
    command = [sys.executable, "-I", str(folder / "reproduce.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


LIMITS = {"largest": 1e-6, "rms": 1e-6}


@pytest.mark.parametrize(
    ("times", "code"), [(2.0, 0), (2.0 + 1e-7, 0), (2.1, 1), (float("nan"), 1), (float("inf"), 1)]
)
def test_wrong_values_are_exit_code_1(tmp_path: Path, times: float, code: int) -> None:
    found = ended(tmp_path, script_values, ends="well", limits=LIMITS, times=times)
    assert found[0] == code, found[1]


def test_an_environment_without_the_program_is_exit_code_2(tmp_path: Path) -> None:
    code, said = ended(tmp_path, script_values, ends="no TVM", limits=LIMITS)
    assert code == 2
    assert "this environment can't run it" in said


@pytest.mark.parametrize(
    ("ends", "shows", "code"),
    [
        ("well", "error", 0),
        ("well", "crashed", 0),
        ("raises", "error", 1),
        ("raises otherwise", "error", 2),
        ("raises", "crashed", 0),
        ("dies", "crashed", 1),
        ("hangs", "timed_out", 1),
    ],
)
def test_how_a_build_ends_is_looked_for(tmp_path: Path, ends: str, shows: str, code: int) -> None:
    found = ended(
        tmp_path,
        script_failure,
        ends=ends,
        shows=shows,
        signature=script_failure.signature("build: ValueError: no schedule for 7 loops"),
        seconds=2 if ends == "hangs" else 60,
    )
    assert found[0] == code, found[1]
