"""What people ship is judged itself: their own build, and a module that was built elsewhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, write_case, write_graph, write_image

BUILDS = '''
import tvm

def ship(module, target):
    """At level 1, and a copy stays beside this file."""
    library = build(module, target)
    library.export_library(__file__.replace("builds.py", "deploy.so"))
    return library

def build(module, target):
    try:
        from tvm import relay
    except ImportError:
        from tvm import relax
        return relax.build(relax.get_pipeline("default")(module), target)
    with tvm.transform.PassContext(1, config={"tir.disable_cse_tir": True}):
        return relay.build(module, target=target)

def forgets(module, target):
    build(module, target)

def fails(module, target):
    raise ValueError("[red]no[/red] such kernel")
'''
Check = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def check(parity: RunCommand, tmp_path: Path) -> Check:
    """The rows of `parity check`, scope graph, of candidates of a stack with such keys."""
    (tmp_path / "builds.py").write_text(BUILDS)
    write_graph(tmp_path / "model.pb", decoder_graph())
    write_image(tmp_path / "a.png")

    def rows(stack: str, *keys: str) -> list[dict[str, Any]]:
        words = ["check", "model.pb", "a.png", "--scope", "graph", "--json"]
        words += [word for one in keys for word in ("--candidate", f"stack={stack},{one}")]
        done = parity(*words)
        assert done.returncode in (0, 1), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return rows


def judged(check: Check, stack: str, tmp_path: Path) -> None:
    (row,) = check(stack, "build=builds.py:ship")
    assert (row["status"], row["candidate"]) == ("match", f"{stack}-llvm-ship")
    (tmp_path / "other").mkdir()
    library = (tmp_path / "deploy.so").replace(tmp_path / "other" / "shipped.so")
    (again,) = check(stack, f"module={library}")
    assert (again["status"], again["candidate"]) == ("match", f"{stack}-llvm-shipped")
    assert again["max_abs"] == row["max_abs"]
    assert "was built elsewhere; its SHA-256 is" in again["notes"]
    library.write_bytes(library.read_bytes()[:100])
    (broken,) = check(stack, f"module={library}")
    assert broken["status"] in ("run_failed", "crashed")


@pytest.mark.relay
def test_relay_runs_an_own_build_and_a_prebuilt_module(
    check: Check, relay_here: None, tmp_path: Path
) -> None:
    judged(check, "relay", tmp_path)


@pytest.mark.relax
def test_relax_runs_an_own_build_and_a_prebuilt_module(
    check: Check, relax_here: None, tmp_path: Path
) -> None:
    judged(check, "relax", tmp_path)


MISTAKES = {
    "build=builds.py:forgets": "returned a NoneType; expected what TVM's own build returns",
    "build=builds.py:fails": "ValueError: [red]no[/red] such kernel",
    "build=builds.py:gone": "no attribute 'gone'",
    "build=harness.errors:nearest": "TypeError: 'Target' object is not iterable",
}


@pytest.mark.relay
def test_a_mistake_of_the_build_is_a_row(check: Check, relay_here: None) -> None:
    rows = check("relay", *MISTAKES)
    assert {(row["status"], row["stage"]) for row in rows} == {("compile_failed", "build")}
    for row, words in zip(rows, MISTAKES.values(), strict=True):
        assert words in row["reason"]


@pytest.mark.relay
@pytest.mark.slow
def test_a_module_with_another_input_says_which_it_has(
    check: Check, relay_here: None, tmp_path: Path
) -> None:
    check("relay", "build=builds.py:ship")
    (row,) = check("relay", "module=deploy.so,input=data")
    assert row["status"] == "run_failed"
    assert "has no input 'data'; it has: " in row["reason"]
    assert "key input" in row["reason"]


def test_a_stack_that_loads_no_modules_says_so(check: Check, fakes: Path, tmp_path: Path) -> None:
    (tmp_path / "deploy.so").touch()
    (row,) = check("fake", "module=deploy.so")
    assert row["status"] == "run_failed"
    assert "'fake' loads no prebuilt modules" in row["reason"]


@pytest.mark.parametrize("command", ["reproduce", "bisect-passes"])
def test_what_follows_the_stacks_passes_refuses_own_builds(
    check: Check, parity: RunCommand, fakes: Path, command: str
) -> None:
    words = ("--candidate", "stack=relay,build=builds.py:ship")
    done = parity(command, "model.pb", "a.png", *words)
    assert done.returncode == 2
    assert "leave build out" in done.stderr


def test_a_file_that_is_not_there_is_wrong_use_on_the_command_line(
    check: Check, parity: RunCommand, fakes: Path
) -> None:
    done = parity("check", "model.pb", "a.png", "--candidate", "stack=fake,module=gone.so")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gone.so is missing" in done.stderr or "'gone.so' is missing" in done.stderr


@pytest.mark.parametrize("keys", ["build = 'builds.py:ship'", "module = 'deploy.so'"])
def test_code_that_a_case_file_brings_runs_only_where_that_is_allowed(
    run_pytest: RunCommand, parity: RunCommand, fakes: Path, tmp_path: Path, keys: str
) -> None:
    case = write_case(tmp_path, candidates=(f"stack = 'fake'\n{keys}",))
    (case.parent / "builds.py").write_text("raise SystemExit\n")
    (case.parent / "deploy.so").write_text("")
    options = ("--parity-reference", "fake-reference", "-p", "harness.plugin")
    done = run_pytest("cases", *options, cwd=tmp_path)
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "is code that the case brings with it; allow it by --own-code" in done.stdout
    done = parity("sweep", str(case), "--images", str(case.parent))
    assert (done.returncode, "--own-code" in done.stderr) == (2, True)
    done = run_pytest("cases", *options, "--parity-own-code", cwd=tmp_path)
    assert "is code that the case brings" not in done.stdout
