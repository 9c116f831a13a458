"""Which nodes of the whole graph a planted fault lies in."""

import pytest

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
