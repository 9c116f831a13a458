"""A failing row names the node behind it, and a known failure may name the node that it excuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import read_rows
from harness.graphdef.model_file import read_model
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing.fixtures import Finished, RunCommand
from harness.testing.tiny import write_case, write_image

CANDIDATE = "stack = '{}'\ntarget = 'host'\nmodel = {{path = 'faulty.pb'}}"
Judge = Callable[..., tuple[Finished, list[dict[str, Any]]]]


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """The rows of the last run."""
    found = read_rows(folder / "reports" / "latest")
    return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]


@pytest.fixture
def judge(run_pytest: RunCommand, tmp_path: Path) -> Judge:
    """Runs pytest with --parity-locate on a model that was compiled from a faulty copy."""
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "model.pb").write_bytes(to_bytes(small_net()))
    model = read_model(cases / "model.pb")
    planted = faults(model.graph, model.output, per_kind=1, kinds=("padding_shifted",)).faults
    (cases / "faulty.pb").write_bytes(to_bytes(planted[0].graph))
    write_image(cases / "a.jpg", seed=1)

    def run(stack: str, known: str = "") -> tuple[Finished, list[dict[str, Any]]]:
        write_case(tmp_path, candidates=(CANDIDATE.format(stack) + "\n" + known,))
        options = ("--parity-locate", "--parity-no-explain", "-p", "harness.plugin")
        done = run_pytest("cases", *options, cwd=tmp_path)
        return done, rows_in(tmp_path)

    return run


KNOWN = "[[known_failures]]\nreason = 'issue 7'\n{}\n"


def named(judge: Judge, folder: Path, stack: str, node: str, op: str) -> None:
    done, rows = judge(stack)
    assert done.returncode == 1, done.stdout
    for row in rows:
        assert row["status"] == "mismatch"
        assert (row["located_node"], row["located_op"]) == (node, op)
        assert row["located_local_error"] > 0.01
        assert 0.99 < row["located_share"] <= 1
        assert f"located: faulty: beyond what rounding explains: {node}" in row["notes"]
    page = (folder / "reports" / "latest" / "report.html").read_text()
    assert page.count("Error of each kernel alone") == 1, "drawn once, in scope graph"
    assert f"faulty: {node}:0" in page


def excused(judge: Judge, stack: str) -> None:
    done, rows = judge(stack, KNOWN.format("node = 'conv1/*'\nop = 'Relu6'"))
    assert done.returncode == 0, done.stdout
    assert {row["known_failure"] for row in rows} == {"issue 7"}
    done, rows = judge(stack, KNOWN.format("node = 'conv2*'"))
    assert done.returncode == 1
    for row in rows:
        assert row["notes"].count("known failure no longer excused") == 1
        assert "it excuses node conv2*, and what is wrong is node conv1/Relu6" in row["notes"]


@pytest.mark.relay
def test_relays_failing_rows_name_their_node(
    judge: Judge, relay_here: None, tmp_path: Path
) -> None:
    named(judge, tmp_path, "relay", "conv1/Relu6", "Relu6")
    excused(judge, "relay")


@pytest.mark.relax
def test_relaxs_failing_rows_name_their_node(
    judge: Judge, relax_here: None, tmp_path: Path
) -> None:
    named(judge, tmp_path, "relax", "conv1", "Conv2D")  # its default pipeline fuses nothing into it


def test_a_stack_that_can_not_be_observed_is_said(
    run_pytest: RunCommand, fakes: Path, tmp_path: Path
) -> None:
    known = KNOWN.format("node = 'x'")
    write_case(tmp_path, candidates=(f"stack = 'fake'\ntarget = 'shifted'\n{known}",))
    options = ("--parity-reference", "fake-reference", "-p", "harness.plugin")
    done = run_pytest("cases", "--parity-locate", *options, cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    row = rows_in(tmp_path)[0]
    assert row["located_node"] == ""
    assert "not located: the programs of stack 'fake' can't be observed" in row["notes"]
    assert "it excuses node x, and none is located" in row["notes"]
