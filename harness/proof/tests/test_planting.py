"""Faults change what they are meant to change and nothing else."""

import hashlib
from typing import Any

import numpy as np
import pytest

from harness.errors import UsageError
from harness.graphdef.access import node_of
from harness.graphdef.build import copy_of
from harness.graphdef.endpoints import find_output
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.edits import set_constant
from harness.proof.faults.kinds import KINDS
from harness.proof.faults.network import Network
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.proof.tests.fault_expectations import (
    ADDED,
    CONSTANTS,
    NODES,
    SUITE,
    WHOLE,
    changed_nodes,
    fault_id,
    planted,
)
from harness.testing.tiny import float_graph


@pytest.mark.parametrize("fault", SUITE.faults, ids=fault_id)
def test_a_fault_changes_what_it_says_and_nothing_else(fault: Any) -> None:
    changed, added = changed_nodes(WHOLE, fault.graph)
    if fault.kind in ADDED:
        assert changed == ADDED[fault.kind](fault.where)
        assert added
        assert all(node_of(name).rsplit("/", 1)[0] in changed for name in added)
    else:
        assert changed == (CONSTANTS | NODES)[fault.kind](fault.where)
        assert not added


def test_every_kind_is_told_of_here_and_has_a_place_in_the_small_net() -> None:
    assert {*CONSTANTS, *NODES, *ADDED} == set(KINDS)
    assert {fault.kind for fault in SUITE.faults} == set(KINDS)
    assert SUITE.inapplicable == ()


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is_and_what_it_needs(name: str) -> None:
    assert KINDS[name].says.endswith(".")
    assert KINDS[name].needs


@pytest.mark.parametrize("fault", SUITE.faults, ids=fault_id)
def test_nodes_still_follow_what_they_read_and_the_ends_keep_their_names(fault: Any) -> None:
    seen: set[str] = set()
    for node in fault.graph.node:
        assert {node_of(i) for i in node.input} <= seen
        seen.add(node.name)
    assert find_output(parse(to_bytes(fault.graph))) == "softmax:0"


def test_the_whole_graph_is_never_changed() -> None:
    graph = small_net()
    before = to_bytes(graph)
    for fault in faults(graph, "softmax", per_kind=9).faults:
        assert to_bytes(fault.graph) != before
    assert to_bytes(graph) == before


def test_the_same_call_makes_the_same_faults() -> None:
    again = faults(small_net(), "softmax:0")
    assert [(f.kind, f.where) for f in again.faults] == [(f.kind, f.where) for f in SUITE.faults]
    first, second = (
        hashlib.sha256(b"".join(to_bytes(f.graph) for f in suite.faults)).hexdigest()
        for suite in (SUITE, again)
    )
    assert first == second
    assert to_bytes(SUITE.faults[0].graph) == to_bytes(SUITE.faults[0].graph)


def test_a_kind_alone_draws_the_same_places_as_among_all() -> None:
    for kind in KINDS:
        assert [f.where for f in planted(kind)] == [f.where for f in SUITE.faults if f.kind == kind]


def test_places_are_spread_and_other_seeds_draw_others() -> None:
    order = [w.const for w in Network(WHOLE, "softmax").weights()]
    drawn = set()
    for seed in range(20):
        early, late = (f.where for f in planted("weight_scaled", seed=seed))
        assert order.index(early) < 3 <= order.index(late)
        drawn |= {early, late}
    assert drawn == set(order)


def test_per_kind_bounds_the_faults_of_a_kind() -> None:
    assert len(planted("weight_scaled", per_kind=1)) == 1
    assert len(planted("weight_scaled", per_kind=99)) == 5


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="nearest: weight_scaled"):
        planted("weight_scald")


def test_what_has_no_place_is_said() -> None:
    suite = faults(float_graph(), "softmax")
    bn = {"bn_epsilon", "bn_epsilon_everywhere", "bn_statistics_dropped"}
    relu6 = {"relu6_unbounded", "relu6_unbounded_everywhere"}
    resize = {"align_corners_flipped", "half_pixel_centers_flipped"}
    image = {"mean_off_by_one", "scale_off_by_one"}
    assert set(suite.inapplicable) == bn | relu6 | resize | image | {"padding_shifted_everywhere"}
    assert not {f.kind for f in suite.faults} & set(suite.inapplicable)


def test_a_bias_of_zeros_is_passed_over() -> None:
    graph = copy_of(WHOLE)
    set_constant(graph, "logits", 1, np.zeros(20))
    assert [f.where for f in planted("bias_dropped", graph)] == ["conv2/BiasAdd"]
