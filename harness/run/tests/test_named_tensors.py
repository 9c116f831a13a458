"""Tensors and targets that a case file names wrongly are told while the case is planned."""

from pathlib import Path

import pytest

from harness.errors import CaseError
from harness.graphdef.build import add_node
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import F, decoder_graph, write_case, write_graph

pytestmark = pytest.mark.usefixtures("fakes")


def _plan(folder: Path, keys: str, model: bytes | None = None) -> list[Task]:
    path = write_case(folder)
    path.write_text(path.read_text().replace("[[images]]", f"{keys}\n[[images]]", 1))
    if model is not None:
        (path.parent / "model.pb").write_bytes(model)
    return plan_file(path, Settings(cache=folder / "cache"))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("output = 'softmx'", "no output tensor 'softmx' in the graph; nearest: softmax"),
        ("output = 'softmax:3'", "'softmax' is a Softmax, whose only tensor is 'softmax:0'"),
        ("input = 'DecodeJpg'", "no input tensor 'DecodeJpg' in the graph; nearest: DecodeJpeg"),
        ("input = 'DecodeJpeg/contents:1'", "whose only tensor is 'DecodeJpeg/contents:0'"),
        (
            "input = 'conv'",
            "is a Conv2D; expected a Placeholder; inputs that could take an image: DecodeJpeg/con",
        ),
    ],
)
def test_a_tensor_that_the_model_lacks(tmp_path: Path, keys: str, words: str) -> None:
    with pytest.raises(CaseError, match=r"tiny: .*model\.pb: ") as error:
        _plan(tmp_path, keys)
    assert words in str(error.value)


def test_pytest_ends_as_for_any_wrong_case_file(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    path = write_case(tmp_path)
    path.write_text(path.read_text().replace("[[images]]", "output = 'softmx'\n[[images]]", 1))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    done = run_pytest("cases", cwd=tmp_path)
    assert done.returncode == 2
    assert "no output tensor 'softmx' in the graph; nearest: softmax" in done.stdout
    assert "Traceback" not in done.stdout
    assert not fakes.read_text()


def test_tensors_that_exist_are_no_mistake(tmp_path: Path) -> None:
    assert len(_plan(tmp_path, "input = 'DecodeJpeg/contents:0'\noutput = 'logits'")) == 1


def test_a_model_that_can_t_be_read_is_left_to_its_rows(tmp_path: Path) -> None:
    assert len(_plan(tmp_path, "output = 'softmax'", b"hello")) == 1


def test_of_an_operation_with_several_outputs_any_may_be_named(tmp_path: Path) -> None:
    graph = decoder_graph()
    add_node(graph, "top", "Unpack", ["logits"], T=F, num=1, axis=0)
    write_case(tmp_path)
    write_graph(tmp_path / "cases" / "model.pb", graph)
    assert len(_plan(tmp_path, "output = 'top:1'")) == 1


@pytest.mark.parametrize("target", ["", "  "])
def test_an_empty_target_is_refused_with_valid_ones(tmp_path: Path, target: str) -> None:
    path = write_case(tmp_path, candidates=(f"stack = 'fake'\ntarget = '{target}'",))
    with pytest.raises(CaseError, match="the target is empty; expected host, llvm"):
        plan_file(path, Settings(cache=tmp_path / "cache"))


def test_an_empty_target_on_the_command_line_is_wrong_use(
    parity: RunCommand, tmp_path: Path
) -> None:
    model = write_graph(tmp_path / "model.pb", decoder_graph())
    done = parity("check", model, model, "--candidate", "stack=relay,target=")
    assert done.returncode == 2
    assert "the target is empty; expected host, llvm" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
