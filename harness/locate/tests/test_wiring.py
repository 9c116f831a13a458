"""What lies between the tensors of a graph."""

from harness.locate.tests.graphs import branched
from harness.locate.wiring import Wiring


def wiring() -> Wiring:
    return Wiring(branched(), "x", "scores:0")


def test_tensors_are_what_depends_on_the_pixels_in_running_order() -> None:
    assert wiring().tensors == ("x:0", "conv:0", "norm:0", "act:0", "sum:0", "scores:0")


def test_a_reshape_is_the_tensor_that_it_reshapes() -> None:
    assert wiring().root("flat:0") == "sum:0"
    assert wiring().same("sum:0") == ("sum:0", "flat:0")


def test_a_stretch_ends_at_the_stops_and_says_which_it_met() -> None:
    found = wiring().stretch("act:0", {"conv:0", "x:0"})
    assert found.nodes == ("norm", "act")
    assert found.closed == frozenset({"conv:0"})


def test_a_reshape_belongs_to_what_reads_it() -> None:
    assert wiring().stretch("scores:0", {"sum:0"}).nodes == ("flat", "scores")


def test_a_stretch_that_the_pixels_reach_past_the_stops_is_open() -> None:
    assert wiring().stretch("sum:0", {"act:0"}).closed is None
    assert wiring().stretch("sum:0", {"act:0", "conv:0"}).closed == frozenset({"act:0", "conv:0"})
