"""The README's sweeps run."""

import shlex
from pathlib import Path

import pytest

from harness.cli.tests.test_readme import COMMANDS
from harness.sweep.parts import read_sweep
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, write_case, write_graph, write_image


@pytest.mark.relay
def test_sweeps_run(parity: RunCommand, relay_here: None, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    commands = [line for line in COMMANDS if line.startswith("parity sweep")]
    write_case(tmp_path, candidates=("stack = 'relay'",), name="embedded")
    write_graph(tmp_path / "model.pb", decoder_graph())
    (tmp_path / "photos").mkdir()
    for number in range(3):
        write_image(tmp_path / "photos" / f"{number}.jpg", seed=number)
    (tmp_path / "truth.csv").write_text("path,label\n0.jpg,1\n1.jpg,2\n")
    printed = []
    for command in commands:
        done = parity(*shlex.split(command)[1:])
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert len(printed) == 3
    assert "relay-host-nchw, end_to_end: same top-1 class in 100% of 3" in printed[0]
    assert "accuracy" in printed[0]
    assert {len(read_sweep(tmp_path / name)) for name in ("sweep", "night")} == {6}
    assert (tmp_path / "night" / "sweep.html").read_text().startswith("<!DOCTYPE html>")
