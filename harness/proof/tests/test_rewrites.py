"""Equal rewrites: the same float64 truth, by other operations."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.errors import UsageError
from harness.graphdef.access import node_of, nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import find_output
from harness.graphdef.model_file import read_model
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.proof.faults.planting import faults
from harness.proof.rewrites.catalogue import REWRITES, equal_graph, require_rewrite
from harness.proof.rewrites.rewriting import FLOAT
from harness.proof.small_net import small_net
from harness.proof.truth import AskedModel, TruthMeter, private_session
from harness.run.settings import settings_from
from harness.testing.tiny import float_graph

SMALLER_THAN_NOISE = 0.3
"""Weights that a rewrite multiplies are rounded once; a sum of n of them rounds n times."""


def whole() -> GraphDef:
    """The small net, with a second factor behind its first."""
    graph, net = GraphDef(), small_net()
    graph.versions.CopyFrom(net.versions)
    for node in net.node:
        graph.node.add().CopyFrom(node)
        if node.name == "Mul":
            add_const(graph, "Again/y", np.float32(0.75))
            add_node(graph, "Again", "Mul", ["Mul", "Again/y"], T=FLOAT)
    nodes_by_name(graph)["conv1"].input[0] = "Again"
    return graph


WHOLE = whole()
# Rewrite → operations that it adds to the small net (+) and takes away (−).
OPERATIONS: dict[str, dict[str, int]] = {
    "batch_norm_folded": {"FusedBatchNormV3": -3, "BiasAdd": 3},
    "batch_norm_as_arithmetic": {"FusedBatchNormV3": -3, "Sub": 3, "Mul": 3, "AddV2": 3},
    "batch_norm_unfolded": {"BiasAdd": -1, "FusedBatchNormV3": 1},
    "convolution_split_over_outputs": {"Conv2D": 3, "ConcatV2": 3},
    "convolution_split_over_inputs": {"Conv2D": 2, "Split": 2, "AddV2": 2},
    "dense_as_convolution": {"MatMul": -1, "Conv2D": 1, "Reshape": 2},
    "factors_multiplied": {"Mul": -1},
    "sum_distributed": {"Sub": 0, "Mul": 0},
    "softmax_by_hand": {"Softmax": -1, "Max": 1, "Sub": 1, "Exp": 1, "Sum": 1, "RealDiv": 1},
    "identities_inserted": {"Identity": 18},
    "nodes_reordered": {},
    "constants_as_values": {},
}


def operations(graph: GraphDef) -> Counter[str]:
    return Counter(node.op for node in graph.node if node.op != "Const")


def equal(name: str) -> GraphDef:
    found = equal_graph(name, WHOLE)
    assert found is not None
    return found


@pytest.mark.parametrize("name", REWRITES)
def test_a_rewrite_uses_other_operations_and_keeps_the_ends(name: str) -> None:
    before = to_bytes(WHOLE)
    found = equal(name)
    assert to_bytes(WHOLE) == before, "the graph itself is never changed"
    difference = operations(found)
    difference.subtract(operations(WHOLE))
    wanted = {op: count for op, count in OPERATIONS[name].items() if count}
    assert {op: count for op, count in difference.items() if count} == wanted
    assert find_output(parse(to_bytes(found))) == "softmax:0"


@pytest.mark.parametrize("name", REWRITES)
def test_nodes_follow_what_they_read_and_no_constant_is_idle(name: str) -> None:
    seen: set[str] = set()
    found = equal(name)
    for node in found.node:
        assert {node_of(entry) for entry in node.input} <= seen
        assert node.name not in seen
        seen.add(node.name)
    read = {node_of(entry) for node in found.node for entry in node.input}
    assert {node.name for node in found.node if node.op == "Const"} <= read


@pytest.mark.parametrize("name", REWRITES)
def test_a_rewrite_says_what_it_is_and_makes_the_same_each_time(name: str) -> None:
    assert REWRITES[name].says.endswith(".")
    assert REWRITES[name].needs
    assert to_bytes(equal(name)) == to_bytes(equal(name))


def test_a_graph_without_a_place_is_left_alone() -> None:
    lacking = {name for name in REWRITES if equal_graph(name, float_graph()) is None}
    norms = {name for name in REWRITES if name.startswith("batch_norm")}
    assert lacking == norms | {"convolution_split_over_inputs", "factors_multiplied",
                               "sum_distributed"}  # fmt: skip


def test_an_unknown_rewrite_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="nearest: softmax_by_hand"):
        require_rewrite("softmax_by_hands")


@pytest.fixture(scope="module")
def measured(tensorflow_here: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """By rewrite: how many times the noise it moves truth, on two random pictures."""
    folder = tmp_path_factory.mktemp("rewrites")
    (folder / "whole.pb").write_bytes(to_bytes(WHOLE))
    rng = np.random.default_rng(0)
    pictures = {
        str(n): np.kron(rng.integers(0, 256, (8, 8, 3)), np.ones((10, 10, 1))) for n in "ab"
    }
    tensors = {name: picture.astype(np.uint8) for name, picture in pictures.items()}
    settings = replace(settings_from(), cache=folder / "cache")
    with private_session(settings) as session:
        meter = TruthMeter(session, AskedModel(read_model(folder / "whole.pb"), tensors))
        (fault,) = faults(WHOLE, "softmax", per_kind=1, kinds=("weight_scaled",)).faults
        found = {name: meter.times(equal(name)) for name in REWRITES}, meter.times(fault.graph)
    assert not settings.cache.exists()  # others build there meanwhile, and the meter removes files
    return found


@pytest.mark.tensorflow
@pytest.mark.xdist_group("rewrites")
@pytest.mark.parametrize("name", REWRITES)
def test_truth_stays(measured: Any, name: str) -> None:
    found, _ = measured
    assert max(found[name].values()) < SMALLER_THAN_NOISE


@pytest.mark.tensorflow
@pytest.mark.xdist_group("rewrites")
def test_another_function_moves_truth(measured: Any) -> None:
    _, other = measured
    assert min(other.values()) > 10
