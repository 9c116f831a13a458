"""Which nodes of the whole graph a planted fault lies in."""

import numpy as np
import pytest

from harness.graphdef.build import add_const, add_node, copy_of
from harness.graphdef.tensors import DT_FLOAT
from harness.proof.faults.edits import set_constant
from harness.proof.faults.planting import faults
from harness.proof.planted_nodes import changed_nodes
from harness.proof.small_net import small_net


@pytest.mark.parametrize(
    ("kind", "nodes"),
    [
        ("mean_off_by_one", {"Sub"}),
        ("softmax_twice", {"softmax"}),
        ("weights_float16_everywhere", {"conv1", "depthwise", "conv2", "conv3", "dense"}),
        ("classes_swapped", {"dense", "logits"}),
    ],
)
def test_a_fault_lies_in_the_node_that_differs_or_reads_what_does(
    kind: str, nodes: set[str]
) -> None:
    (fault,) = faults(small_net(), "softmax", kinds=(kind,), per_kind=1).faults
    assert changed_nodes(fault.whole, fault.graph) == nodes


def test_the_whole_graph_has_none() -> None:
    assert changed_nodes(small_net(), small_net()) == set()


def test_what_does_not_depend_on_the_image_lies_where_its_result_is_read() -> None:
    """A batch norm in parts, as Keras writes it: scale and shift are computed from constants."""
    whole = small_net()
    for name, value in (("epsilon", 1e-3), ("variance", 2.0)):
        add_const(whole, name, np.float32(value))
    for name, op, reads in (
        ("with_epsilon", "AddV2", ["variance", "epsilon"]),
        ("factor", "Rsqrt", ["with_epsilon"]),
        ("scaled", "Mul", ["logits", "factor"]),
    ):
        add_node(whole, name, op, reads, T=("type", DT_FLOAT))
    faulty = copy_of(whole)
    set_constant(faulty, "with_epsilon", 1, np.array(0, np.float32))
    assert changed_nodes(whole, faulty) == {"scaled"}
