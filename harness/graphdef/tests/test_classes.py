"""How many classes a graph scores, read from its constants."""

import numpy as np
import pytest

from harness.graphdef.build import add_const, add_node
from harness.graphdef.classes import class_count
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, I, decoder_graph


@pytest.mark.parametrize("output", ["softmax:0", "logits:0", "dense/MatMul:0"])
@pytest.mark.parametrize("classes", [1, 7, 1008])
def test_the_last_layer_tells(output: str, classes: int) -> None:
    assert class_count(decoder_graph(classes), output) == classes


def _behind_the_softmax(op: str, *entries: str, **attributes: object) -> GraphDef:
    graph = decoder_graph(7)
    add_node(graph, "last", op, ["softmax", *entries], T=F, **attributes)
    return graph


def test_a_constant_shape_tells_and_one_that_is_computed_leads_on() -> None:
    graph = _behind_the_softmax("Reshape", "sides", Tshape=I)
    add_const(graph, "sides", np.array([-1, 14], np.int32))
    assert class_count(graph, "last:0") == 14
    graph = _behind_the_softmax("Reshape", "sides", Tshape=I)
    add_node(graph, "sides", "Shape", ["logits"], T=F, out_type=I)
    assert class_count(graph, "last:0") == 7


def test_what_is_frozen_behind_an_identity_is_found() -> None:
    graph = decoder_graph(7)
    for node in graph.node:
        if node.name == "logits":
            node.input[1] = "read"
    add_node(graph, "read", "Identity", ["dense/bias"], T=F)
    assert class_count(graph, "softmax:0") == 7


@pytest.mark.parametrize("op", ["Mean", "ArgMax", "Mul", "Unheard"])
def test_other_last_layers_do_not_tell(op: str) -> None:
    assert class_count(_behind_the_softmax(op, "softmax"), "last:0") is None


def test_damaged_graphs_do_not_tell() -> None:
    graph = _behind_the_softmax("Identity")
    graph.node[-1].input[0] = "last"  # its own input
    assert class_count(graph, "last:0") is None
    graph.node[-1].input[0] = "gone"
    assert class_count(graph, "last:0") is None
    assert class_count(graph, "gone:0") is None
