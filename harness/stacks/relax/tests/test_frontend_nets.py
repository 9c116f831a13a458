"""Whole networks through the TensorFlow frontend against TensorFlow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.graphdef.access import node_of, nodes_by_name
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import parse
from harness.proof.small_net import small_net
from harness.stacks.relax.tests.frontend_runs import MARKS, Net, agree, by_tvm, compare, reals
from harness.testing.pretrained import DEQUANTISED, FOLDED, NETWORK, network_file

pytestmark = MARKS
RNG = np.random.default_rng(0)


def without_decoder(graph: Any, size: Any) -> Any:
    """The graph behind its decoder, fed a image."""
    net = Net()
    entry = find_input(graph)
    image = RNG.integers(0, 256, (*size, 3), np.uint8)
    net.graph = cut(graph, entry, find_output(graph), image.shape)
    net.feeds = {entry.pixels: image}
    return net, find_output(graph)


def test_the_proof_s_small_net() -> None:
    net, output = without_decoder(small_net(), (70, 50))
    names = [n.name for n in net.graph.node if n.op not in ("Const", "Identity", "Placeholder")]
    agree(net, (output, *names), rtol=2e-5, atol=2e-5)


def test_mobilenet_of_keras() -> None:
    """Frozen as users do it, with statistics that leave something to compare in the logits."""
    tf, (graph, image, expected) = keras_mobilenet()
    net = Net()
    net.graph.ParseFromString(graph.SerializeToString())
    net.feeds = {find_input(net.graph).feed: image}
    before = next(node for node in graph.node if node.op == "Softmax").input[0]
    logits, scores = by_tvm(net, (before, find_output(net.graph)))
    compare(scores, expected, atol=1e-6)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph, name="")
        right = session.run(f"{before}:0", {f"{find_input(net.graph).feed}:0": image})
    assert np.abs(right).max() > 1
    compare(logits, right, atol=2e-5 * np.abs(right).max())


def keras_mobilenet() -> Any:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    tf.keras.utils.set_random_seed(0)
    shape = (96, 96, 3)
    model = tf.keras.applications.MobileNetV2(shape, alpha=0.35, weights=None, classes=10)
    image = reals(RNG, (1, *shape), -1, 1)
    for variable in model.variables:
        if "moving_variance" in variable.path:
            variable.assign(RNG.uniform(0.2, 0.6, variable.shape))
        elif "moving_mean" in variable.path or "beta" in variable.path:
            variable.assign(RNG.normal(0, 0.2, variable.shape))
    spec = tf.TensorSpec(image.shape, tf.float32)
    whole = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    frozen = convert_variables_to_constants_v2(whole)
    expected = frozen(tf.constant(image))[0].numpy()
    return tf, (frozen.graph.as_graph_def(), image, expected)


@pytest.mark.parametrize("name", [NETWORK, FOLDED, DEQUANTISED])
def test_pretrained_networks_can_be_imported(tmp_path: Path, name: str) -> None:
    from harness.stacks.relax.frontend import from_tensorflow

    net, output = without_decoder(parse(network_file(name, tmp_path).read_bytes()), (299, 299))
    module = from_tensorflow(net.graph, None, [output])
    found = {binding.var.name for b in module["main"].body.blocks for binding in b.bindings}
    passed = ("Const", "Identity", "Placeholder")
    expected = {node.name for node in net.graph.node if node.op not in passed}
    assert expected - found <= constants_of(net.graph)
    assert output.split(":")[0] in found


def constants_of(graph: Any) -> Any:
    """Nodes that need nothing that is fed."""
    nodes, found = nodes_by_name(graph), set()
    for node in graph.node:
        todo, fed = [node.name], False
        while todo:
            name = todo.pop()
            fed |= nodes[name].op == "Placeholder"
            todo += [node_of(entry) for entry in nodes[name].input]
        if not fed:
            found.add(node.name)
    return found
