"""Parts of faults: they are found by their effect on truth, and are the mistake itself, smaller."""

import numpy as np
import pytest

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.proof.faults.grading import is_gradable, part_of
from harness.proof.grades import CLOSE, Measure, graded
from harness.proof.tests.fault_expectations import (
    ADDED,
    NODES,
    SUITE,
    WHOLE,
    constant_of,
    planted,
)

# Kinds of which no part can be made: they are other operations, not other numbers.
WHOLE_ONLY = (set(ADDED) | set(NODES)) - {"bn_epsilon", "bn_epsilon_everywhere"}


def test_mistakes_in_numbers_have_parts_and_others_have_none() -> None:
    gradable = {fault.kind for fault in SUITE.faults if is_gradable(WHOLE, fault.graph)}
    assert gradable == {fault.kind for fault in SUITE.faults} - WHOLE_ONLY


def test_a_part_of_a_mistake_lies_between_the_two_graphs() -> None:
    (fault,) = planted("weight_scaled", per_kind=1)
    part = part_of(WHOLE, fault.graph, 0.25)
    old, new = (constant_of(graph, fault.where) for graph in (WHOLE, part))
    np.testing.assert_allclose(new, old * 1.0025, rtol=1e-6)
    (fault,) = planted("bn_epsilon", per_kind=1)
    part = part_of(WHOLE, fault.graph, 0.5)
    epsilon = attr_of(nodes_by_name(part)[fault.where], "epsilon").f
    assert epsilon == pytest.approx((1e-3 + 1e-5) / 2, rel=1e-6)


@pytest.mark.parametrize("kind", ["channels_swapped", "classes_swapped", "bn_epsilon_everywhere"])
def test_the_whole_part_is_the_faulty_graph_and_no_part_is_the_whole_one(kind: str) -> None:
    fault = planted(kind, per_kind=1)[0]
    assert to_bytes(part_of(WHOLE, fault.graph, 1.0)) == to_bytes(fault.graph)
    assert to_bytes(part_of(WHOLE, fault.graph, 0.0)) == to_bytes(WHOLE)


def by_weight(where: str, power: float = 1.0) -> Measure:
    """A truth that moves with a weight: by 1000 for the whole mistake, on a second photo by 10."""

    def measure(graph: GraphDef) -> dict[str, float]:
        old, new = (constant_of(each, where).astype(float) for each in (WHOLE, graph))
        amount = float(np.abs(new - old).max() / (0.01 * np.abs(old).max()))
        return {"a": 10 * amount**power, "b": 1000 * amount**power}

    return measure


@pytest.mark.parametrize("power", [1.0, 0.8, 1.3])
def test_the_sizes_asked_for_are_found(power: float) -> None:
    (fault,) = planted("weight_scaled", per_kind=1)
    found = graded(fault, [7.0, 3.0, 15.0], by_weight(fault.where, power))
    reached = [one.times["b"] for one in found]
    assert reached == pytest.approx([3, 7, 15], rel=CLOSE - 1)
    assert [one.times["a"] for one in found] == pytest.approx([times / 100 for times in reached])
    assert all(0 < one.amount < 1 for one in found)


def test_a_fault_smaller_than_any_size_asked_for_is_made_whole() -> None:
    (fault,) = planted("weight_scaled", per_kind=1)
    (found,) = graded(fault, [2000.0], by_weight(fault.where))
    assert found.amount == 1
    assert to_bytes(found.graph) == to_bytes(fault.graph)


def test_what_has_no_parts_is_made_whole() -> None:
    (fault,) = planted("softmax_twice")
    (found,) = graded(fault, [3.0, 7.0], lambda _: {"a": 1e4})
    assert (found.amount, found.times) == (1, {"a": 1e4})


def test_a_fault_that_moves_no_truth_is_made_whole() -> None:
    (fault,) = planted("weight_scaled", per_kind=1)
    (found,) = graded(fault, [3.0], lambda _: {"a": float("nan")})
    assert found.amount == 1
