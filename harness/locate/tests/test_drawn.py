"""What the report draws of a verdict."""

from harness.locate.drawn import MOST_NODES, located_kernels
from harness.locate.node_facts import NodeFacts
from harness.locate.tests.test_verdict import evidence
from harness.locate.verdict import localisation, no_localisation

NODES = {
    node.name: node
    for node in (
        NodeFacts("image", "Placeholder", {}),
        NodeFacts("kernel", "Const", {}),
        NodeFacts("conv", "Conv2D", {"padding": "SAME", "strides": "[1, 2, 2, 1]"},
                  ("image", "kernel")),
        NodeFacts("relu", "Relu", {}, ("conv",)),
        NodeFacts("late", "Softmax", {}, ("relu",)),
    )
}  # fmt: skip


def test_the_graph_around_a_faulty_kernel_is_what_it_reads_and_feeds() -> None:
    found = located_kernels(localisation("relax", [evidence("a", conv=7)], NODES), NODES)
    assert found is not None
    assert found.verdict == "faulty: beyond what rounding explains: conv"
    assert [(node.name, node.faulty) for node in found.near] == [
        ("image", False),
        ("conv", True),
        ("relu", False),
    ]
    assert found.near[1].attributes == "padding = SAME, strides = [1, 2, 2, 1]"
    assert found.near[1].reads == ("image",), "constants are left out"
    assert [one.tensor for one in found.kernels] == ["conv:0", "late:0"]


def test_a_softmax_may_err_by_its_chain_of_sums() -> None:
    found = located_kernels(localisation("relax", [evidence("a")], NODES), NODES)
    assert found is not None
    assert found.near == ()
    conv, softmax = found.kernels
    assert softmax.limit > conv.limit


def test_many_nodes_are_bounded_and_nothing_measured_is_nothing() -> None:
    readers = {f"r{n}": NodeFacts(f"r{n}", "Relu", {}, ("conv",)) for n in range(MOST_NODES)}
    verdict = localisation("relax", [evidence("a", conv=7)], NODES)
    found = located_kernels(verdict, NODES | readers)
    assert found is not None
    assert (len(found.near), found.nodes_left_out) == (MOST_NODES, 3)
    assert located_kernels(no_localisation("relax", "no build"), NODES) is None
