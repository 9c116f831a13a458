"""Weights and tensors rounded to 256 values: errors of the size that an 8-bit program makes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.graphdef.access import nodes_by_name
from harness.graphdef.random_rounding import SAMPLES, with_random_rounding
from harness.graphdef.tests.float64_runs import run_plain
from harness.graphdef.tests.test_random_rounding import dense
from harness.testing.tiny import float_graph

OUTPUT = "softmax:0"


def in_steps(values: NDArray[Any], low: float, high: float, steps: int) -> NDArray[Any]:
    """On the steps of an 8-bit program."""
    step = (high - low) / steps
    found: NDArray[Any] = np.rint(values / step) * step
    return found


@pytest.mark.tensorflow
@pytest.mark.parametrize("precision", ["int8", "dynamic_int8"])
def test_errors_hold_a_product_of_8_bit_values(
    tensorflow_here: None, tmp_path: Path, precision: Any
) -> None:
    terms = 512
    x = np.abs(np.random.default_rng(0).normal(size=(1, terms))).astype(np.float32)
    weights = np.random.default_rng(1).normal(size=(terms, 64)).astype(np.float32)
    found = with_random_rounding(dense(terms, weights), "y:0", precision)
    jobs: dict[str, Any] = {
        str(factor): (found.graph, {"x:0": x, f"{found.factor}:0": np.float32(factor)}, ["y:0"])
        for factor in SAMPLES
    }
    plain = x.astype(np.float64) @ weights.astype(np.float64)
    noise = [float(np.std(run[0] - plain)) for run in run_plain(tmp_path, jobs).values()]
    largest = float(np.abs(weights).max())
    stored = in_steps(weights, -largest, largest, 254)
    error = float(np.std(in_steps(x, 0.0, float(x.max()), 255) @ stored - plain))
    assert 0.6 * max(noise) < error < 1.7 * max(noise)
    assert len(set(noise)) == len(SAMPLES)


@pytest.mark.tensorflow
def test_what_is_zero_throughout_stays_zero(tensorflow_here: None, tmp_path: Path) -> None:
    """Pruned channels have weights of zero, and a picture may be black."""
    weights = np.zeros((8, 64), np.float32)
    found = with_random_rounding(dense(8, weights), "y:0", "int8")
    feeds = {"x:0": np.zeros((1, 8), np.float32), f"{found.factor}:0": np.float32(1)}
    scores = run_plain(tmp_path, {"zero": (found.graph, feeds, ["y:0"])})["zero"][0]
    np.testing.assert_array_equal(scores, np.zeros((1, 64)))


def test_scores_are_rounded_where_all_tensors_are_alone() -> None:
    """A dynamic range has float scores; a bias that is fused is not rounded apart."""
    graph = float_graph()
    whole, dynamic = (
        nodes_by_name(with_random_rounding(graph, OUTPUT, precision).graph)
        for precision in ("int8", "dynamic_int8")
    )
    assert (whole["softmax"].op, dynamic["softmax"].op) == ("RealDiv", "Softmax")
    for nodes in (whole, dynamic):
        weights = nodes[nodes["conv"].input[1]]
        assert (nodes["conv"].op, weights.op) == ("Conv2D", "RealDiv")
    fused = [node.name for node in graph.node if node.op in ("BiasAdd", "Relu6")]
    assert all(whole[name].op in ("BiasAdd", "Relu6") for name in fused)
