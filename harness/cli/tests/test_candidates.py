"""`parity candidates`: what would run here, and why not the rest."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from harness.cli.tests.test_readme import COMMANDS
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.tiny import write_case


@pytest.fixture
def lines(parity: RunCommand, fakes: Path, tmp_path: Path) -> Any:
    """What `--json` says of the candidates of a case, by their ids."""

    def found(*candidates: str) -> dict[str, dict[str, Any]]:
        case = write_case(tmp_path, candidates=candidates)
        done = parity("candidates", str(case), "--json")
        assert done.returncode in (0, 1), done.stderr
        return {line["candidate"]: line for line in json.loads(done.stdout)}

    return found


def test_each_combination_has_its_line(lines: Any) -> None:
    found = lines("stack = 'fake'\ntarget = ['host', 'cuda']\npipeline = ['default', 'packed']")
    assert found["fake-host"] == {
        "candidate": "fake-host",
        "runs": True,
        "target": "fake-host",
        "reason": "",
    }
    assert "needs a cuda device" in found["fake-cuda"]["reason"]
    assert "has no pipeline 'packed'; expected default" in found["fake-host-packed"]["reason"]
    assert [line["runs"] for line in found.values()] == [True, False, False, False]


def test_a_stack_that_is_not_installed_comes_with_its_remedy(lines: Any) -> None:
    found = lines("stack = 'absent'")
    assert "Install it: pip install no-such-distribution" in found["absent-llvm"]["reason"]


def test_reasons_are_printed_once(parity: RunCommand, fakes: Path, tmp_path: Path) -> None:
    case = write_case(tmp_path, candidates=("stack = 'absent'\ntarget = ['a', 'b']",))
    done = parity("candidates", str(case))
    assert done.returncode == 1
    assert "Not here: absent-a, absent-b" in done.stdout
    assert done.stdout.count("is not installed here") == 1


def test_without_a_case_the_usual_ones_of_every_stack_are_examined(
    parity: RunCommand, fakes: Path
) -> None:
    done = parity("candidates", "--json")
    names = {line["candidate"]: line["runs"] for line in json.loads(done.stdout)}
    assert names["fake-host"]
    assert not names["absent-llvm"]
    narrow = {"relay-host-bfloat16", "tflite-int8"}
    assert {"relay-cuda", "relax-host-packed", *narrow} <= set(names)


@pytest.mark.relay
@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.startswith("parity candidates")]
)
def test_the_readmes_commands_run(parity: RunCommand, relay_here: None, command: str) -> None:
    done = parity(*shlex.split(command)[1:], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "relay-llvm" in done.stdout.partition("Not here")[0]
