"""Neighbouring tensors: as near as floats can be, the same for every call."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.errors import GraphError
from harness.execution.perturbed_inputs import nudged
from harness.execution.reference import Question
from harness.graphdef.build import add_node
from harness.graphdef.model_file import read_model
from harness.graphdef.tensors import DT_INT32, DT_UINT8
from harness.testing.tiny import decoder_graph, float_graph, write_graph

FLOATS = hnp.arrays(np.float32, (1, 4, 4, 3), elements=st.floats(-300, 300, width=32))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """(model of a graph, what a tensor is asked of it)."""

    folder = tmp_path_factory.mktemp("nudge")

    def found(graph, value):
        model = read_model(write_graph(folder / "model.pb", graph))
        asked = Question(
            model.path, model.sha256, model.output, model.entry.pixels, value, encoded=False
        )
        return model, asked

    return found


@given(value=FLOATS)
def test_every_float_moves_by_one_unit_in_the_last_place(ask, value):
    model, asked = ask(float_graph(), value)
    for other in nudged(model, asked):
        assert other == replace(asked, value=other.value, repeats=0)
        assert other.value.dtype == value.dtype
        assert (np.spacing(np.abs(value)) >= np.abs(other.value - value)).all()
        assert ((other.value != value) == (value != 0)).all()


def test_neighbours_differ_from_each_other_and_are_the_same_again(ask):
    question = ask(float_graph(), np.ones((1, 8, 8, 3), np.float32))
    first, again = (list(nudged(*question)) for _ in range(2))
    assert len({q.key for q in first}) == len(first) > 1
    assert [q.key for q in first] == [q.key for q in again]


@pytest.mark.parametrize("graph", [decoder_graph(), float_graph(dtype=DT_UINT8)], ids=["file", ""])
def test_whole_numbers_stay_and_what_they_are_cast_to_moves(ask, graph):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    for other in nudged(*ask(graph, pixels)):
        assert other.feed == "Cast"
        assert other.value.dtype == np.float32
        np.testing.assert_array_equal(other.value.round(), pixels)
        assert ((other.value != pixels) == (pixels != 0)).all()


def test_whole_numbers_that_are_never_cast_are_refused_by_name(ask):
    graph = decoder_graph()
    add_node(graph, "Shape", "Shape", ["DecodeJpeg"], T=("type", DT_UINT8))
    graph.node[-1].attr["out_type"].type = DT_INT32
    next(node for node in graph.node if node.name == "Cast").input.append("^Shape")
    with pytest.raises(GraphError, match="'DecodeJpeg' is read by Cast, Shape"):
        nudged(*ask(graph, np.zeros((8, 8, 3), np.uint8)))
