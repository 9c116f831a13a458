"""The README's commands for faults run, on a network in which something is wrong."""

import json
import re
import shlex
from pathlib import Path

import pytest

from harness.graphdef.build import copy_of
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.tiny import write_graph, write_image

README = (ROOT / "README.md").read_text(encoding="utf-8")
REPRODUCE = re.findall(r"^parity (reproduce .*)$", README, re.MULTILINE)
BISECT = re.findall(r"^parity (bisect-passes .*)$", README, re.MULTILINE)


def _files(folder: Path) -> None:
    whole = small_net()
    faulty = copy_of(whole)
    faults(whole, "softmax", kinds=("relu6_unbounded",), per_kind=1).faults[0].edit(faulty)
    write_graph(folder / "model.pb", whole)
    write_graph(folder / "quantised.pb", faulty)
    write_image(folder / "photo.jpg", size=(90, 70))


def _reproduces(parity: RunCommand, folder: Path, command: str) -> None:
    _files(folder)
    done = parity(*shlex.split(command))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reproduces: each of 3 runs of its script showed the fault" in done.stdout
    settings = json.loads((folder / "fault" / "settings.json").read_text("utf-8"))
    assert settings["shows"] == "wrong"


@pytest.mark.relay
@pytest.mark.parametrize("command", REPRODUCE)
def test_the_command_that_writes_a_folder_runs(
    parity: RunCommand, relay_here: None, tmp_path: Path, command: str
) -> None:
    _reproduces(parity, tmp_path, command)


@pytest.mark.relax
@pytest.mark.parametrize("command", REPRODUCE)
def test_the_command_that_writes_a_folder_runs_on_todays_tvm(
    parity: RunCommand, relax_here: None, tmp_path: Path, command: str
) -> None:
    _reproduces(parity, tmp_path, command)


def _bisects(parity: RunCommand, folder: Path, command: str) -> None:
    _files(folder)
    done = parity(*shlex.split(command))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "clean: the scores are right" in done.stdout


@pytest.mark.relay
@pytest.mark.parametrize("command", BISECT)
def test_the_command_that_bisects_passes_runs(
    parity: RunCommand, relay_here: None, tmp_path: Path, command: str
) -> None:
    _bisects(parity, tmp_path, command)


@pytest.mark.relax
@pytest.mark.parametrize("command", BISECT)
def test_the_command_that_bisects_passes_runs_on_todays_tvm(
    parity: RunCommand, relax_here: None, tmp_path: Path, command: str
) -> None:
    _bisects(parity, tmp_path, command)


def test_the_readme_has_a_command_of_each() -> None:
    assert REPRODUCE
    assert BISECT
