"""Labels and preprocessing that do not fit the model are told before any program runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import CaseError
from harness.execution.session import RunSession
from harness.graphdef.tensors import DT_FLOAT, DT_UINT8
from harness.graphdef.wire import GraphDef
from harness.run.models import load_models
from harness.run.pipeline import run
from harness.run.plan import Task, plan_command, plan_file
from harness.run.settings import Settings
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, float_graph, write_case, write_graph, write_image

pytestmark = pytest.mark.usefixtures("fakes")
MEAN = "preprocess = { mean = [127.5] }"
LABELS = "labels = { names = { path = 'labels.txt' } }"
Plan = Callable[..., list[Task]]


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    """The tasks of a case file with a key, a model and label text."""

    def made(top: str = "", model: GraphDef | None = None, labels: bytes = b"") -> list[Task]:
        path = write_case(tmp_path, top=top)
        write_graph(path.parent / "model.pb", model or decoder_graph())
        (path.parent / "labels.txt").write_bytes(labels)
        return plan_file(path, Settings(cache=tmp_path / "cache"))

    return made


def _names(count: int) -> bytes:
    return b"".join(b"name %d\n" % number for number in range(count))


@pytest.mark.parametrize(
    ("top", "words"),
    [
        (MEAN, "mean would do nothing: .*'DecodeJpeg', are uint8.*; leave it out"),
        ("preprocess = { scale = [0.5] }", "scale would do nothing"),
        ("preprocess = { mean = [1, 2, 3], scale = [2] }", "mean and scale would .* leave them"),
    ],
)
def test_normalising_for_a_graph_that_normalises_is_a_case_error(
    planned: Plan, top: str, words: str
) -> None:
    with pytest.raises(CaseError, match=words):
        planned(top)
    with pytest.raises(CaseError, match="'input', are uint8"):
        planned(MEAN, float_graph(dtype=DT_UINT8))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("preset = 'torchvision'", "divide and subtract would do nothing: .*are uint8"),
        ("steps = [{ step = 'central_crop', fraction = 0.5 }]", "leave the size open"),
        ("steps = [{ step = 'resize', size = [7, 8] }]", "the steps end at 7x8, but .* takes 8x8"),
        ("preset = 'tflite-support'\nsize = [9, 9]", "the steps end at 9x9"),
    ],
)
def test_steps_that_do_not_make_the_tensor_are_a_case_error(
    planned: Plan, how: str, words: str
) -> None:
    graph = float_graph(dtype=DT_UINT8 if "uint8" in words else DT_FLOAT)
    with pytest.raises(CaseError, match=words):
        planned(f"[preprocess]\n{how}", graph)


def test_normalising_for_a_graph_of_floats_is_what_it_is_for(planned: Plan) -> None:
    assert len(planned(MEAN, float_graph())) == 1
    assert len(planned("preprocess = { mean = [0], scale = [1.0] }")) == 1


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (_names(9), "labels.txt names 9 classes, but the model scores 10"),
        (b"", "names no class at all"),
        (b"\xff\xfe\x00\x01", "not UTF-8 text at byte 0"),
        (b"[1, 2]", "class 0: expected a name"),
    ],
)
def test_labels_of_another_model_are_a_case_error(planned: Plan, labels: bytes, words: str) -> None:
    with pytest.raises(CaseError, match=f"tiny: .*{words}"):
        planned(LABELS, labels=labels)
    assert len(planned(LABELS, labels=_names(10))) == 1


def test_a_label_file_that_is_gone_is_left_to_the_rows(planned: Plan, tmp_path: Path) -> None:
    assert len(planned("labels = { names = { path = 'gone.txt' } }")) == 1


def test_pytest_says_it_once_and_runs_nothing(
    planned: Plan, tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    with pytest.raises(CaseError):
        planned(LABELS, labels=_names(9))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    done = run_pytest("cases", cwd=tmp_path)
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert done.stdout.count("names 9 classes, but the model scores 10") == 1
    assert not fakes.read_text()


def test_what_was_not_known_while_planning_fails_before_anything_is_built(
    planned: Plan, tmp_path: Path, fakes: Path
) -> None:
    """As of a model that has to be downloaded or made first."""
    (task,) = planned(LABELS, labels=_names(10))
    write_graph(tmp_path / "cases" / "model.pb", decoder_graph(11))
    with RunSession(tmp_path / "builds", reference_stack="fake-reference") as session:
        results = run(task, session)
    assert {result.row.status for result in results} == {"no_evidence"}
    assert "names 10 classes, but the model scores 11" in results[0].row.reason
    assert not fakes.read_text()


def test_each_tensor_that_is_named_counts_for_the_candidate_s_model_too(tmp_path: Path) -> None:
    """The candidate's file has another input, so its output was chosen by itself as well."""
    from harness.cli.case_options import ModelOptions, PreprocessOptions
    from harness.cli.typed_case import case_from

    write_graph(tmp_path / "reference.pb", decoder_graph())
    write_graph(tmp_path / "candidate.pb", float_graph())
    options = ModelOptions(
        str(tmp_path / "reference.pb"),
        input="DecodeJpeg/contents",
        output="logits",
        candidate=["stack=fake"],
        candidate_model=tmp_path / "candidate.pb",
    )
    case = case_from(options, [write_image(tmp_path / "a.jpg")], PreprocessOptions())
    (task,) = plan_command("check", case, Settings(cache=tmp_path / "cache"))
    with RunSession(tmp_path / "builds", reference_stack="fake-reference") as session:
        reference, candidate = load_models(task, session)
    assert (reference.entry.feed, reference.output) == ("DecodeJpeg/contents", "logits:0")
    assert (candidate.entry.feed, candidate.output) == ("input", "logits:0")
