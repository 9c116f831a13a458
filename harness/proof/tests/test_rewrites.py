"""Equal rewrites: TensorFlow's float64 scores stay, the graph does not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.graphdef.build import add_const, add_node, copy_of
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef
from harness.proof.rewrites.equal import REORDERED, equal_graphs
from harness.proof.rewrites.kinds import REWRITES
from harness.testing.fixtures import ROOT
from harness.testing.tiny import decoder_graph

FLOAT = ("type", DT_FLOAT)
RUN = """
import json, sys
import numpy as np
from harness.stacks import tensorflow_library
tf = tensorflow_library.load()
image = np.random.default_rng(0).normal(size=(2, 9, 8, 4)).astype("f")
for path in sys.argv[1:]:
    graph = tf.compat.v1.GraphDef.FromString(open(path, "rb").read())
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph, name="")
        print(json.dumps(session.run("scores:0", {"x:0": image}).tolist()))
"""


def _network() -> GraphDef:
    """Two convolutions, each with a batch norm, a dense layer with a bias, a softmax."""
    rng, graph = np.random.default_rng(3), GraphDef()

    def const(name: str, *shape: int, low: float = -1.0) -> str:
        return add_const(graph, name, rng.uniform(low, 1.0, shape).astype(np.float32))

    x = add_node(graph, "x", "Placeholder", [], dtype=FLOAT)
    for name, op, shape in (
        ("conv", "Conv2D", (3, 3, 4, 6)),
        ("depthwise", "DepthwiseConv2dNative", (3, 3, 6, 1)),
    ):
        kernel = const(f"{name}/kernel", *shape)
        x = add_node(graph, name, op, [x, kernel], T=FLOAT, strides=[1, 1, 1, 1], padding="SAME")
        numbers = [const(f"{name}/{i}", 6, low=0.5) for i in range(4)]
        about: dict[str, Any] = {"T": FLOAT, "U": FLOAT, "epsilon": 1e-3, "is_training": False}
        x = add_node(graph, f"{name}/norm", "FusedBatchNormV3", [x, *numbers], **about)
    axes = add_const(graph, "axes", np.array([1, 2], np.int32))
    x = add_node(graph, "mean", "Mean", [x, axes], T=FLOAT, Tidx=("type", 3), keep_dims=False)
    x = add_node(graph, "dense", "MatMul", [x, const("dense/kernel", 6, 5)], T=FLOAT)
    x = add_node(graph, "bias", "BiasAdd", [x, const("bias/value", 5)], T=FLOAT)
    add_node(graph, "scores", "Softmax", [x], T=FLOAT)
    return graph


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By the rewrite, "" for the network itself, TensorFlow's scores of two images."""
    folder, network = tmp_path_factory.mktemp("rewrites"), _network()
    graphs = {"": network, **dict(equal_graphs(network, "scores:0"))}
    paths = [folder / f"{name}.pb" for name in graphs]
    for path, graph in zip(paths, graphs.values(), strict=True):
        path.write_bytes(to_bytes(graph))
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, paths)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [np.array(json.loads(line)) for line in done.stdout.splitlines()]
    return dict(zip(graphs, found, strict=True))


@pytest.mark.parametrize("name", [*REWRITES, REORDERED])
def test_the_scores_stay(scores: dict[str, Any], name: str) -> None:
    np.testing.assert_allclose(scores[name], scores[""], rtol=1e-5)
    assert np.ptp(scores[""], axis=1).min() > 0.05, "scores that are worth comparing"


@pytest.mark.parametrize("name", REWRITES)
def test_every_rewrite_changes_its_operations(name: str) -> None:
    network = _network()
    before = copy_of(network)
    graphs = dict(equal_graphs(network, "scores:0"))
    assert network == before, "the graph itself is left as it is"
    assert to_bytes(graphs[name]) != to_bytes(network)
    names = [node.name for node in graphs[name].node]
    assert len(set(names)) == len(names)


def test_a_graph_without_a_place_has_no_such_rewrite(tmp_path: Path) -> None:
    found = dict(equal_graphs(decoder_graph(), "softmax:0"))
    assert "batch_norm_folded" not in found
    assert REORDERED in found
