"""Perturbed inputs: one unit in the last place away, the same for every call."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.errors import GraphError
from harness.execution.perturbed_inputs import perturbed
from harness.execution.reference import Question
from harness.graphdef.build import add_node
from harness.graphdef.model_file import read_model
from harness.graphdef.tensors import DT_INT32, DT_UINT8
from harness.testing.tiny import decoder_graph, float_graph, write_graph

FLOATS = hnp.arrays(np.float32, (1, 4, 4, 3), elements=st.floats(-300, 300, width=32))
Ask = Callable[[Any, NDArray[Any]], Question]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """What a tensor is asked of a graph."""
    folder = tmp_path_factory.mktemp("perturbed")

    def question(graph: Any, value: NDArray[Any]) -> Question:
        model = read_model(write_graph(folder / "model.pb", graph))
        return Question.on_tensor(model, Preprocess(), ReferenceSettings(), value)

    return question


@given(value=FLOATS)
def test_every_float_moves_by_one_unit_in_the_last_place(
    ask: Ask, value: NDArray[np.float32]
) -> None:
    question = ask(float_graph(), value)
    for other in perturbed(question):
        assert other == replace(question, value=other.value, repeats=0)
        assert other.value.dtype == value.dtype
        assert (np.spacing(np.abs(value)) >= np.abs(other.value - value)).all()
        assert ((other.value != value) == (value != 0)).all()


def test_perturbed_tensors_differ_from_each_other_and_are_the_same_again(ask: Ask) -> None:
    question = ask(float_graph(), np.ones((1, 8, 8, 3), np.float32))
    first, again = (list(perturbed(question)) for _ in range(2))
    assert len({q.key for q in first}) == len(first) > 1
    assert [q.key for q in first] == [q.key for q in again]


@pytest.mark.parametrize("graph", [decoder_graph(), float_graph(dtype=DT_UINT8)], ids=["file", ""])
def test_whole_numbers_stay_and_what_they_are_cast_to_moves(ask: Ask, graph: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    for other in perturbed(ask(graph, pixels)):
        assert other.node == "Cast"
        assert other.value.dtype == np.float32
        np.testing.assert_array_equal(other.value.round(), pixels)
        assert ((other.value != pixels) == (pixels != 0)).all()


def test_whole_numbers_that_are_never_cast_are_refused_by_name(ask: Ask) -> None:
    graph = decoder_graph()
    add_node(graph, "Shape", "Shape", ["DecodeJpeg"], T=("type", DT_UINT8))
    graph.node[-1].attr["out_type"].type = DT_INT32
    next(node for node in graph.node if node.name == "Cast").input.append("^Shape")
    with pytest.raises(GraphError, match="'DecodeJpeg' is read by Cast, Shape"):
        perturbed(ask(graph, np.zeros((8, 8, 3), np.uint8)))
