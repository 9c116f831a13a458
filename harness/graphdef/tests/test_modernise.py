"""Legacy operations in today's words: the same names, the same numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import GraphError
from harness.graphdef.access import nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.modernise import modern
from harness.graphdef.tests.float64_runs import run_plain
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F

WIDTH = 4


def _legacy(op: str, *, scaled: bool = True) -> Any:
    rng = np.random.default_rng(0)
    graph = GraphDef()
    graph.versions.producer = 8  # the last that has BatchNormWithGlobalNormalization
    add_node(graph, "x", "Placeholder", [], dtype=F)
    names = ("mean", "variance", "beta", "gamma")
    values = [rng.normal(0, 1, WIDTH), rng.uniform(0.5, 2, WIDTH), *rng.normal(0, 1, (2, WIDTH))]
    for name, value in zip(names, values, strict=True):
        add_const(graph, f"{name}/held", value.astype(np.float32))
        add_node(graph, name, "Identity", [f"{name}/held"], T=F)
    if op == "BatchNormWithGlobalNormalization":
        attrs = {"variance_epsilon": 0.001, "scale_after_normalization": scaled}
        add_node(graph, "out", op, ["x", *names], T=F, **attrs)
    elif op == "Concat":
        add_const(graph, "axis", np.int32(3))
        add_node(graph, "out", op, ["axis", "x", "x"], T=F, N=2)
    else:
        add_node(graph, "out", op, ["x"], T=F, message="no number")
    return graph


@pytest.mark.tensorflow
@pytest.mark.usefixtures("tensorflow_here")
def test_what_tensorflow_computes_is_the_same_to_the_last_bits(tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(0, 1, (1, 5, 5, WIDTH)).astype(np.float32)
    graphs = {
        "scaled": _legacy("BatchNormWithGlobalNormalization"),
        "plain": _legacy("BatchNormWithGlobalNormalization", scaled=False),
        "concat": _legacy("Concat"),
        "checked": _legacy("CheckNumerics"),
    }
    jobs = {name: (graph, {"x:0": x}, ["out:0"]) for name, graph in graphs.items()}
    jobs |= {f"{n} modern": (modern(g), {"x:0": x}, ["out:0"]) for n, g in graphs.items()}
    found = run_plain(tmp_path, jobs)
    for name in graphs:
        old, new = found[name], found[f"{name} modern"]
        assert not isinstance(new, str), new
        assert not isinstance(old, str), old
        np.testing.assert_allclose(new[0], old[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("op", "instead"),
    [
        ("BatchNormWithGlobalNormalization", "FusedBatchNormV3"),
        ("Concat", "ConcatV2"),
        ("CheckNumerics", "Identity"),
    ],
)
def test_every_name_stays(op: str, instead: Any) -> None:
    graph = _legacy(op)
    result = nodes_by_name(modern(graph))
    assert set(nodes_by_name(graph)) <= set(result)
    assert result["out"].op == instead


@pytest.mark.parametrize(
    ("op", "inputs", "words"),
    [
        ("BatchNormWithGlobalNormalization", ["x"], "takes 5 tensors; found 1"),
        ("BatchNormWithGlobalNormalization", ["x", "absent", *"xxx"], "'absent' is no constant"),
        ("BatchNormWithGlobalNormalization", ["x", "itself", *"xxx"], "'itself' is no constant"),
        ("Concat", [], "Concat 'out' has no inputs"),
    ],
)
def test_a_damaged_node_is_refused(op: str, inputs: list[str], words: str) -> None:
    graph = GraphDef()
    add_node(graph, "x", "Placeholder", [], dtype=F)
    add_node(graph, "itself", "Identity", ["itself"], T=F)
    add_node(graph, "out", op, inputs, T=F)
    with pytest.raises(GraphError, match=words):
        modern(graph)
