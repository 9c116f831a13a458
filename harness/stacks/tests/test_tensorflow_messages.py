"""TensorFlow's errors, as they stand in the reason of a row."""

from pathlib import Path
from typing import Any

import pytest

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question
from harness.execution.session import START, RunSession
from harness.graphdef.access import nodes_by_name
from harness.graphdef.model_file import read_model
from harness.stacks.tensorflow import MAX_MESSAGE, short_message
from harness.testing.tiny import decoder_graph, write_graph, write_image

HEAD = "Graph execution error:\n\nDetected at node 'a/b' defined at (most recent call last):\n"
FRAMES = "  File \"/srv/model.py\", line 3, in build\nNode: 'a/b'\n"
TRACE = (
    "\n\t [[{{node a/b}}]]\n\nOriginal stack trace for 'a/b':\n  File \"/srv/model.py\", line 3\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}{FRAMES}Invalid JPEG data.{TRACE}", "Invalid JPEG data. (node a/b)"),
        (
            f"{HEAD}{FRAMES}Cannot parse tensor from proto:\ndtype: DT_FLOAT\n\n{TRACE}",
            "Cannot parse tensor from proto: dtype: DT_FLOAT (node a/b)",
        ),
        (
            f"{HEAD}{FRAMES}Cannot place {{{{node a/b}}}} on /device:TPU:0\n\t [[a/b]]",
            "Cannot place {{node a/b}} on /device:TPU:0",
        ),
        ("Unable to evaluate a constant node", "Unable to evaluate a constant node"),
        ("Graph execution error:\n\nno such kernel", "no such kernel"),
        ("", "ValueError"),
    ],
)
def test_the_lines_that_name_the_cause_are_kept(text: str, expected: str) -> None:
    assert short_message(ValueError(text)) == expected


def test_a_long_cause_is_cut_and_says_so() -> None:
    found = short_message(ValueError(f"{HEAD}{FRAMES}{'x' * 9000}{TRACE}"))
    assert found == f"{'x' * MAX_MESSAGE} … (node a/b)"


def _truncated(folder: Path) -> tuple[Any, bytes]:
    return decoder_graph(), write_image(folder / "a.jpg", size=(40, 40)).read_bytes()[:300]


def _bitmap(folder: Path) -> tuple[Any, bytes]:
    return decoder_graph(), write_image(folder / "a.bmp").read_bytes()


def _bad_constant(folder: Path) -> tuple[Any, bytes]:
    graph = decoder_graph()
    nodes_by_name(graph)["dense/bias"].attr["value"].tensor.tensor_content = b"abc"
    return graph, write_image(folder / "a.jpg").read_bytes()


def _elsewhere(folder: Path) -> tuple[Any, bytes]:
    graph = decoder_graph()
    nodes_by_name(graph)["conv"].device = "/job:worker/task:3/device:CPU:0"
    return graph, write_image(folder / "a.jpg").read_bytes()


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("make", "words", "node"),
    [
        (_truncated, "Invalid JPEG data", "DecodeJpeg"),
        (_bitmap, "Trying to decode BMP format using a wrong op", "DecodeJpeg"),
        (_bad_constant, "Cannot parse tensor from proto", "dense/bias"),
        (_elsewhere, "explicitly assigned to /job:worker/task:3/device:CPU:0", "conv"),
    ],
)
def test_real_errors_name_cause_and_node(
    tensorflow_here: None, tmp_path: Path, make: Any, words: str, node: str
) -> None:
    graph, data = make(tmp_path)
    model = read_model(write_graph(tmp_path / "model.pb", graph))
    question = Question.on_file(model, Preprocess(), ReferenceSettings(), data)
    with RunSession(tmp_path / "cache") as session, pytest.raises(NoAnswer) as failure:
        session.reference.answer(question, START)
    assert words in failure.value.reason
    assert f"node {node}" in failure.value.reason
    assert "Graph execution error" not in failure.value.reason
