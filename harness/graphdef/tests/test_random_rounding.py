"""Sums rounded at random: the original's scores without it, errors of the right size with it."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.graphdef.access import nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.precisions import ROUNDOFF, Precision
from harness.graphdef.random_rounding import SAMPLES, SINGLE_TERM, with_random_rounding
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.tests.float64_runs import run_plain
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import float_graph

OUTPUT = "softmax:0"
F = ("type", DT_FLOAT)


def dense(terms: int, weights: Any = None) -> GraphDef:
    """x [1, terms] · weights [terms, 64]."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    if weights is None:
        weights = np.random.default_rng(1).normal(size=(terms, 64))
    add_const(graph, "w", np.asarray(weights, np.float32))
    add_node(graph, "y", "MatMul", ["x", "w"], T=F, transpose_a=False, transpose_b=False)
    return graph


def plain_and_samples(
    folder: Path, terms: int, x: NDArray[Any], precision: Precision = "float32"
) -> list[NDArray[Any]]:
    """The product as it is, and a sample for each factor."""
    found = with_random_rounding(dense(terms), "y:0", precision)
    jobs: dict[str, Any] = {"plain": (dense(terms), {"x:0": x}, ["y:0"])}
    for factor in SAMPLES:
        feeds = {"x:0": x, f"{found.factor}:0": np.float32(factor)}
        jobs[f"{factor}"] = (found.graph, feeds, ["y:0"])
    answers = run_plain(folder, jobs)
    return [answers[name][0] for name in jobs]


def test_every_sum_that_the_output_needs_is_rounded_under_its_own_name() -> None:
    graph = float_graph()
    graph.node.add(name="unused", op="MatMul").input.extend(["conv", "conv"])
    found = with_random_rounding(graph, OUTPUT)
    names = nodes_by_name(found.graph)
    assert found.sums == sum(node.op in ("Conv2D", "Mean", "MatMul") for node in graph.node) - 1
    assert "unused" not in names
    assert names["conv"].op == "RealDiv"
    assert names["conv/rounding/exact"].op == "Conv2D"
    assert nodes_by_name(graph)["conv"].op == "Conv2D"


@pytest.mark.tensorflow
@pytest.mark.parametrize("terms", [16, 1024])
def test_errors_have_the_size_of_a_chain_of_that_many_terms(
    tensorflow_here: None, tmp_path: Path, terms: int
) -> None:
    x = np.random.default_rng(0).normal(size=(1, terms)).astype(np.float32)
    plain, *samples = plain_and_samples(tmp_path, terms, x)
    size = 2.0**-24 * math.sqrt(terms) * float(np.sqrt(np.mean(plain**2)))
    errors = [sample - plain for sample in samples]
    for error in errors:
        assert 0.6 * size < float(np.sqrt(np.mean(error**2))) < 1.7 * size
    assert len({error.tobytes() for error in errors}) == len(SAMPLES)


@pytest.mark.tensorflow
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_errors_of_a_narrow_format_hold_a_product_of_rounded_values(
    tensorflow_here: None, tmp_path: Path, precision: Precision
) -> None:
    """Inputs, weights and result rounded to the format, the sum carried in float32."""
    terms = 1024
    x = np.random.default_rng(0).normal(size=(1, terms)).astype(np.float32)
    weights = np.random.default_rng(1).normal(size=(terms, 64)).astype(np.float32)
    narrow = rounded(rounded(x, precision) @ rounded(weights, precision), precision)
    plain, *samples = plain_and_samples(tmp_path, terms, x, precision)
    noise = [float(np.sqrt(np.mean((sample - plain) ** 2))) for sample in samples]
    error = float(np.sqrt(np.mean((narrow - plain) ** 2)))
    assert 0.5 * max(noise) < error < 1.5 * max(noise)


def rounded(values: NDArray[Any], precision: Precision) -> NDArray[Any]:
    """Float32 numbers to the nearest of the format."""
    significand, exponent = np.frexp(values)
    steps = 0.5 / ROUNDOFF[precision]
    found: NDArray[Any] = np.ldexp(np.rint(significand * 2 * steps) / (2 * steps), exponent)
    return found.astype(np.float32)


def test_elementwise_results_are_rounded_in_narrow_formats_alone() -> None:
    graph = float_graph()
    single, half = (
        nodes_by_name(with_random_rounding(graph, OUTPUT, precision).graph)
        for precision in ("float32", "float16")
    )
    elementwise = [node.name for node in graph.node if node.op in SINGLE_TERM]
    assert elementwise
    assert all(single[name].op in SINGLE_TERM for name in elementwise)
    assert all(half[name].op == "RealDiv" for name in elementwise)


@pytest.mark.tensorflow
def test_one_chain_lies_within_three_times_the_largest_error(
    tensorflow_here: None, tmp_path: Path
) -> None:
    """The worst order there is, against what the verdict allows."""
    terms = 2048
    x = np.abs(np.random.default_rng(0).normal(size=(1, terms))).astype(np.float32)
    weights = np.random.default_rng(1).normal(size=(terms, 64)).astype(np.float32)
    chain = np.zeros(64, np.float32)
    for row, value in zip(weights, x[0], strict=True):
        chain += row * value
    truth = x[0].astype(np.float64) @ weights.astype(np.float64)
    plain, *samples = plain_and_samples(tmp_path, terms, x)
    noise = max(float(np.abs(sample - plain).max()) for sample in samples)
    assert 0.1 * noise < np.abs(chain - truth).max() < 3 * noise
