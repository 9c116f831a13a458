"""Networks for proofs: each is what its name says, and its scores are no uniform ones."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from harness.graphdef.access import node_of, nodes_by_name
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.model_file import read_model
from harness.graphdef.wire import GraphDef
from harness.proof.faults.network import Network
from harness.proof.small_net import small_net
from harness.proof.truth import AskedModel
from harness.run.settings import settings_from
from harness.testing import proof_networks as nets
from harness.testing.photo_crops import write_crops
from harness.testing.proof_keras import CLASSES
from harness.testing.tiny import constants


def dense(graph: GraphDef) -> dict[str, NDArray[Any]]:
    """Kernel and bias of the embedded network's head, or of one made of it."""
    net = Network(graph, nets.EMBEDDED)
    (product,) = net.of("MatMul")
    bias = net.of("BiasAdd")[-1]
    found = {"kernel": net.constant(product, 1), "bias": net.constant(bias, 1)}
    return {name: array for name, array in found.items() if array is not None}


def test_heads_have_some_of_the_classes_and_larger_logits() -> None:
    whole = dense(nets.embedded())
    for name, classes, factor in (
        ("embedded-x4", slice(None), 4),
        ("embedded-x16", slice(None), 16),
        ("embedded-2", list(nets.CLASSES[:2]), nets.HEAD_FACTOR),
        ("embedded-5", list(nets.CLASSES), nets.HEAD_FACTOR),
    ):
        graph = nets.MAKERS[name]()
        for part, array in dense(graph).items():
            np.testing.assert_array_equal(array, whole[part][..., classes] * np.float32(factor))
        assert find_output(graph) == f"{nets.EMBEDDED}:0"


def test_bgr_is_reversed_before_the_first_convolution() -> None:
    nodes = nodes_by_name(nets.bgr())
    assert nodes[node_of(nodes["conv1"].input[0])].op == "ReverseV2"


def test_dequantised_kernels_are_stored_in_eight_bits_and_lie_within_half_a_step() -> None:
    graph, whole = nets.dequantised(), dict(constants(small_net()))
    stored = dict(constants(graph))
    kernels = [name for name in stored if name.endswith("/uint8")]
    assert len(kernels) == 5
    for name in kernels:
        part = name.removesuffix("/uint8")
        old = whole[part.removesuffix("/dequantise") + "/kernel"]
        new = (stored[name].astype(float) - stored[f"{part}/zero"]) * stored[f"{part}/scale"]
        assert np.abs(new - old).max() <= 0.51 * stored[f"{part}/scale"]
    assert not list(Network(graph, "softmax").weights())


def test_a_network_that_starts_at_a_tensor_goes_behind_nodes_that_decode() -> None:
    body, net = GraphDef(), small_net()
    body.node.add(name="x", op="Placeholder")
    names = [node.name for node in net.node]
    body.node.extend(net.node[names.index("Mul") + 1 :])
    nodes_by_name(body)["conv1"].input[0] = "x"
    graph = nets.decoding(body, 64, "x")
    assert find_input(graph).kind == "encoded"
    assert [node.name for node in graph.node] == names
    assert list(nodes_by_name(graph)["conv1"].input) == list(nodes_by_name(net)["conv1"].input)


@pytest.mark.tensorflow
def test_the_network_with_attention_has_scores_that_differ(
    tensorflow_here: None, tmp_path: Path
) -> None:
    """The other networks of Keras are made in the same way, of more layers."""
    command = [sys.executable, "-m", "harness.testing.proof_networks", str(tmp_path), "attention"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    file = read_model(tmp_path / "attention.pb")
    operations = {node.op for node in file.graph.node}
    assert {"DecodeJpeg", "Erf", "Rsqrt", "Softmax", "MatMul"} <= operations
    crops = write_crops(tmp_path, 2, 96)
    tensors = {path.name: np.asarray(PIL.Image.open(path)) for path in crops}
    asked = AskedModel(file, tensors)
    with settings_from().session(explains=False) as session:
        answers = [session.reference.answer(asked.question(name), asked.limits) for name in tensors]
    tops = [answer.scores.max() for answer in answers]
    assert all(3 / CLASSES < top < 0.99 for top in tops), "neither uniform nor saturated"
    assert np.abs(answers[0].scores - answers[1].scores).max() > 0.01
