"""A part of a graph: its ends, what is put in, and its tensors made smaller."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import nodes_by_name
from harness.graphdef.tensors import decode
from harness.locate.reproducers.graph_part import Ends, GraphPart, ends_of, part_between
from harness.locate.reproducers.smaller_tensors import Halving, constant_bytes, halvings
from harness.locate.tests.graphs import branched
from harness.locate.wiring import Wiring

IMAGE = np.ones((1, 8, 8, 3), np.float32)


def values(name: str) -> NDArray[Any] | None:
    return None if name == "conv:0" else IMAGE * (1 if name == "x:0" else 2)


def wiring() -> Wiring:
    return Wiring(branched(), "x", "scores:0")


def test_the_end_is_the_last_node_and_the_sources_are_what_the_others_give() -> None:
    assert ends_of(["norm", "act"], wiring()) == Ends(("conv:0",), "act:0")
    assert ends_of(["sum"], wiring()) == Ends(("act:0", "conv:0"), "sum:0")
    assert ends_of(["conv"], wiring()) == Ends(("x:0",), "conv:0")


def test_nodes_that_the_end_does_not_need_are_left_out() -> None:
    assert ends_of(["norm", "scores"], wiring()) == Ends(("flat:0",), "scores:0")


def test_there_is_no_part_of_the_pixels_alone() -> None:
    assert ends_of(["x"], wiring()) is None
    assert ends_of([], wiring()) is None


def test_the_first_source_is_fed_and_the_others_become_constants() -> None:
    part = part_between(branched(), Ends(("x:0", "act:0"), "sum:0"), values)
    assert part is not None
    nodes = nodes_by_name(part.graph)
    assert set(nodes) == {"input", "given1", "weights", "conv", "sum"}
    assert list(nodes["conv"].input) == ["input", "weights"]
    assert list(nodes["sum"].input) == ["given1", "conv"]
    assert [node.op for node in part.operations] == ["Conv2D", "AddV2"]
    np.testing.assert_array_equal(decode(nodes["given1"].attr["value"].tensor), IMAGE * 2)


def test_there_is_no_part_where_a_value_is_unknown_or_the_way_back_leads_past_the_source() -> None:
    assert part_between(branched(), Ends(("conv:0",), "act:0"), values) is None
    assert part_between(branched(), Ends(("act:0",), "sum:0"), values) is None
    assert part_between(branched(), Ends(("x:0",), "gone:0"), values) is None


def test_the_model_of_a_part_takes_a_tensor_of_the_value() -> None:
    part = part_between(branched(), Ends(("x:0",), "conv:0"), values)
    assert part is not None
    model = part.model(IMAGE)
    assert (model.entry.pixels, model.entry.shape) == ("input", (1, 8, 8, 3))
    assert (model.entry.dtype, model.output) == ("float32", "conv:0")


def test_halving_a_size_cuts_the_fed_tensor_and_the_constants_that_have_it() -> None:
    part = part_between(branched(), Ends(("x:0", "act:0"), "sum:0"), values)
    assert part is not None
    halving = Halving(8, last=True)
    smaller = halving.of_part(part)
    assert halving.of_tensor(IMAGE).shape == (1, 4, 4, 3)
    assert constant_bytes(smaller) < constant_bytes(part)
    placeholder = nodes_by_name(smaller.graph)["input"]
    assert [dim.size for dim in placeholder.attr["shape"].shape.dim] == [1, 4, 4, 3]


def test_shapes_that_name_the_size_are_changed_and_scalars_stay_scalars() -> None:
    part = GraphPart(branched(), "x", "flat:0")
    shape = decode(
        nodes_by_name(Halving(4, last=False).of_part(part).graph)["shape"].attr["value"].tensor
    )
    assert shape.tolist() == [1, -1]
    assert Halving(4, last=False).of_tensor(np.array(3, np.float32)).shape == ()


def test_sizes_of_kernels_and_pictures_are_not_halved() -> None:
    part = GraphPart(branched(), "x", "conv:0")
    assert [one.size for one in halvings(part, IMAGE)] == [8, 8]
