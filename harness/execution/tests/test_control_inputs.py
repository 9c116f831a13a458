"""Graphs in which nodes wait (`^name`) for what is fed: the reference runs them all the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.errors import GraphError
from harness.execution.noise import measure
from harness.execution.reference import Question
from harness.execution.session import START, RunSession
from harness.graphdef.access import nodes_by_name
from harness.graphdef.build import copy_of
from harness.graphdef.endpoints import find_input
from harness.graphdef.feeding import feedable
from harness.graphdef.model_file import read_model
from harness.graphdef.tensors import DT_UINT8
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image


def _waiting(graph: GraphDef, *entries: str) -> GraphDef:
    """The graph, its first weights waiting for other nodes as inlined functions leave them."""
    nodes_by_name(graph)["conv/kernel"].input.extend(entries)
    return graph


GRAPHS = {
    "a placeholder of floats": _waiting(float_graph(), "^input"),
    "a placeholder of bytes and its Cast": _waiting(float_graph(dtype=DT_UINT8), "^input", "^Cast"),
    "a decoder, its contents and its Cast": _waiting(
        decoder_graph(), "^DecodeJpeg/contents", "^DecodeJpeg", "^Cast"
    ),
}


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", GRAPHS)
def test_every_form_of_an_image_gives_scores_truth_and_noise(
    tensorflow_here: None, tmp_path: Path, name: str
) -> None:
    graph = GRAPHS[name]
    model = read_model(write_graph(tmp_path / "model.pb", graph))
    data = write_image(tmp_path / "a.jpg", size=(8, 8)).read_bytes()
    how, settings = Preprocess(), ReferenceSettings()
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    tensor: Any = pixels if model.entry.kind == "encoded" else pixels[np.newaxis]
    on_tensor = Question.on_tensor(model, how, settings, tensor.astype(model.entry.dtype))
    asked = [
        Question.on_file(model, how, settings, data),
        Question.on_decoded(model, how, settings, pixels),
        on_tensor,
    ]
    with RunSession(tmp_path / "cache") as session:
        answers = [session.reference.answer(question, START).scores for question in asked]
        noise = measure(session.reference, on_tensor, START)
    assert all(np.isfinite(scores).all() for scores in answers)
    assert noise.notes == ()
    assert noise.truth is not None
    assert 0 < noise.movement(answers[-1])[0] < 1e-5


def test_what_waits_for_something_behind_the_pixels_goes_on_waiting() -> None:
    graph = _waiting(float_graph(), "^input", "^pool/axes")
    before = copy_of(graph)
    made = feedable(graph, "input")
    assert list(nodes_by_name(made)["conv/kernel"].input) == ["^pool/axes"]
    assert graph == before


def test_a_graph_in_which_nothing_waits_is_not_copied() -> None:
    graph = decoder_graph()
    assert feedable(graph, "DecodeJpeg") is graph


def test_a_node_that_waits_for_the_file_does_not_read_it() -> None:
    assert find_input(GRAPHS["a decoder, its contents and its Cast"]).pixels == "DecodeJpeg"


def test_a_missing_node_is_a_graph_error() -> None:
    graph = decoder_graph()
    nodes_by_name(graph)["DecodeJpeg"].input[:] = ["gone"]
    with pytest.raises(GraphError, match="reads 'gone'"):
        feedable(graph, "DecodeJpeg")
