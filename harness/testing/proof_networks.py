"""Networks of different build for `parity prove`, each a GraphDef that decodes its own image.

`python -m harness.testing.proof_networks FOLDER NAME…` writes `FOLDER/NAME.pb` for each; without
names, every one. The networks of Keras run in this process, which so loads TensorFlow.

Of the embedded network: its logits times 4 and times 16, and saturated heads of two and of five of
its classes. Of the small net: BGR, and weights stored as 8-bit numbers. Others have random weights,
and statistics from random images (`harness.testing.keras_networks`).
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from harness.graphdef.access import node_of, nodes_by_name
from harness.graphdef.build import add_const, add_node, copy_of
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, DT_UINT8
from harness.graphdef.wire import GraphDef
from harness.inputs.zoo.decoding_nodes import add_decoding_nodes
from harness.proof.faults.edits import insert_before, set_constant
from harness.proof.faults.network import Network
from harness.proof.small_net import small_net
from harness.testing import pretrained
from harness.testing.proof_keras import KERAS_NETWORKS, frozen_network

FLOAT, INT = ("type", DT_FLOAT), ("type", DT_INT32)
CLASSES = (281, 282, 207, 504, 751)
"""Tabby, tiger cat, golden retriever, coffee mug, racing car: classes that heads are made of."""
HEAD_FACTOR = 8.0
"""Factor of the logits of those heads: few classes are told apart less than a thousand are."""
EMBEDDED = "softmax"
"""The embedded network's output."""


def embedded() -> GraphDef:
    """The network that the package makes, EfficientNet-Lite0."""
    return parse(pretrained.network_file(pretrained.NETWORK, Path()).read_bytes())


def with_head(classes: Sequence[int] = (), factor: float = 1.0) -> GraphDef:
    """The embedded network with some of its classes alone, and its logits multiplied by a factor.

    A power of two changes no digit of a weight.
    """
    graph = embedded()
    net = Network(graph, EMBEDDED)
    (dense,) = net.of("MatMul")
    readers = [node for node in net.of("BiasAdd") if net.source(node) is dense]
    for node in (dense, *readers):
        array = net.constant(node, 1)
        assert array is not None
        chosen = array[..., list(classes)] if classes else array
        set_constant(graph, node.name, 1, chosen * np.float32(factor))
    return graph


def bgr() -> GraphDef:
    """The small net for images whose channels it reverses itself."""
    graph, extra = copy_of(small_net()), GraphDef()
    first = nodes_by_name(graph)["conv1"]
    axis = add_const(extra, "Bgr/axis", np.array([3], np.int32))
    first.input[0] = add_node(extra, "Bgr", "ReverseV2", [first.input[0], axis], T=FLOAT, Tidx=INT)
    insert_before(graph, "conv1", extra)
    return graph


def dequantised() -> GraphDef:
    """The small net with kernels of 8-bit numbers, which the graph turns into float32."""
    graph = copy_of(small_net())
    for weight in list(Network(graph, "softmax").weights()):
        user = nodes_by_name(graph)[weight.user]
        kernel = Network(graph, "softmax").constant(user, 1)
        assert kernel is not None
        low, high = float(kernel.min()), float(kernel.max())
        scale = (high - low) / 255
        zero = round(-low / scale)
        stored = (kernel / scale + zero).round().clip(0, 255).astype(np.uint8)
        extra, name = GraphDef(), f"{weight.user}/dequantise"
        raw = add_const(extra, f"{name}/uint8", stored)
        last = add_node(extra, f"{name}/Cast", "Cast", [raw], SrcT=("type", DT_UINT8), DstT=FLOAT)
        offset = add_const(extra, f"{name}/zero", np.float32(zero))
        last = add_node(extra, f"{name}/Sub", "Sub", [last, offset], T=FLOAT)
        factor = add_const(extra, f"{name}/scale", np.float32(scale))
        user.input[1] = add_node(extra, f"{name}/Mul", "Mul", [last, factor], T=FLOAT)
        insert_before(graph, weight.user, extra)
    return graph


def decoding(body: GraphDef, size: int, placeholder: str) -> GraphDef:
    """A graph that starts at a float tensor, behind the nodes that decode and scale an image."""
    graph = GraphDef()
    graph.versions.CopyFrom(body.versions)
    graph.library.CopyFrom(body.library)
    last = add_decoding_nodes(graph, size)
    taken = {node.name for node in graph.node}
    for node in body.node:
        assert node.name not in taken
        if node.name != placeholder:
            graph.node.add().CopyFrom(node)
            entries = [last if node_of(entry) == placeholder else entry for entry in node.input]
            graph.node[-1].input[:] = entries
    return graph


def _of_keras(name: str) -> GraphDef:
    return decoding(parse(frozen_network(name)), KERAS_NETWORKS[name].side, "x")


MAKERS: Mapping[str, Callable[[], GraphDef]] = {
    "embedded": embedded,
    "embedded-x4": partial(with_head, factor=4.0),
    "embedded-x16": partial(with_head, factor=16.0),
    "embedded-2": partial(with_head, CLASSES[:2], HEAD_FACTOR),
    "embedded-5": partial(with_head, CLASSES, HEAD_FACTOR),
    "bgr": bgr,
    "dequantised": dequantised,
    **{name: partial(_of_keras, name) for name in KERAS_NETWORKS},
}
"""Network → its maker. The small net itself is among those that `parity prove` always tries."""


if __name__ == "__main__":
    for wanted in sys.argv[2:] or MAKERS:
        (Path(sys.argv[1]) / f"{wanted}.pb").write_bytes(to_bytes(MAKERS[wanted]()))
