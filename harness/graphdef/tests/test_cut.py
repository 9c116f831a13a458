"""What the part of a GraphDef that a compiler is given keeps and drops."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from harness.errors import GraphError
from harness.graphdef.access import nodes_by_name, shape_of
from harness.graphdef.build import add_const, add_node
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_FLOAT, DT_INT64, DT_UINT8
from harness.graphdef.tests.graphs import BYTES, DECODER, names, placeholder
from harness.graphdef.traversal import ancestors, float_sources
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, decoder_graph, float_graph


def test_a_cut_keeps_every_name_and_only_what_the_output_needs() -> None:
    graph = decoder_graph()
    add_node(graph, "aux", "Relu", ["conv"], T=F)
    made = cut(graph, find_input(graph), "softmax:0", (5, 6, 3))
    assert set(names(made)) == set(names(DECODER)) - {"DecodeJpeg/contents"}
    entry = nodes_by_name(made)["DecodeJpeg"]
    assert entry.op == "Placeholder"
    assert entry.attr["dtype"].type == DT_UINT8
    assert shape_of(entry) == (5, 6, 3)
    assert not entry.input


def test_the_floats_behind_an_output_of_whole_numbers() -> None:
    graph = decoder_graph()
    add_const(graph, "axis", np.int32(1))
    add_node(graph, "best", "ArgMax", ["softmax", "axis"], T=F)
    add_node(graph, "shape", "Shape", ["logits"], T=F)
    add_node(graph, "both", "Pack", ["best", "shape"], T=("type", DT_INT64), N=2)
    add_node(graph, "text", "AsString", ["both"], T=("type", DT_INT64))
    assert float_sources(graph, "best:0") == ["softmax:0"]
    assert float_sources(graph, "text") == ["softmax:0", "logits:0"]
    assert float_sources(graph, "axis") == []


def test_a_cut_at_an_inner_output_leaves_the_rest_out() -> None:
    made = cut(DECODER, find_input(DECODER), "conv/Relu", (5, 6, 3))
    assert names(made)[-1] == "conv/Relu"
    assert "dense/kernel" not in names(made)


def test_the_caller_s_shape_takes_the_place_of_an_unknown_batch() -> None:
    graph = float_graph()
    made = cut(graph, find_input(graph), "softmax", (1, 8, 8, 3))
    assert shape_of(nodes_by_name(made)["input"]) == (1, 8, 8, 3)


def test_what_newer_tensorflow_adds_and_what_binds_to_a_device_goes() -> None:
    graph = decoder_graph()
    node = nodes_by_name(graph)["dense/MatMul"]
    node.attr["grad_a"].b = node.attr["grad_b"].b = False
    node.attr["_class"].list.s.append(b"loc:@x")
    node.device = "/device:GPU:0"
    made = nodes_by_name(cut(graph, find_input(graph), "softmax", (5, 6, 3)))
    assert set(made["dense/MatMul"].attr) == {"T", "transpose_a", "transpose_b"}
    assert not made["dense/MatMul"].device
    assert "grad_a" in nodes_by_name(graph)["dense/MatMul"].attr


def test_control_inputs_go_and_with_them_what_only_they_need() -> None:
    graph = decoder_graph()
    add_node(graph, "check", "Assert", ["conv"])
    nodes_by_name(graph)["logits"].input.extend(["^check", "^DecodeJpeg/contents"])
    entry = find_input(DECODER)
    made = cut(graph, entry, "softmax", (5, 6, 3))
    assert to_bytes(made) == to_bytes(cut(DECODER, entry, "softmax", (5, 6, 3)))


def test_a_placeholder_with_a_default_becomes_its_default() -> None:
    graph = decoder_graph()
    add_const(graph, "rate", np.float32(1))
    add_node(graph, "keep_prob", "PlaceholderWithDefault", ["rate"], dtype=F)
    add_node(graph, "scaled", "Mul", ["softmax", "keep_prob"], T=F)
    node = nodes_by_name(cut(graph, find_input(graph), "scaled", (5, 6, 3)))["keep_prob"]
    assert (node.op, list(node.input), dict(node.attr)["T"].type) == (
        "Identity",
        ["rate"],
        DT_FLOAT,
    )
    assert set(node.attr) == {"T"}


def test_an_image_placeholder_with_a_default_is_fed_and_not_its_default() -> None:
    graph = GraphDef()
    add_const(graph, "zeros", np.zeros((1, 2, 2, 3), np.float32))
    placeholder(graph, "input", (None, 2, 2, 3), op="PlaceholderWithDefault")
    graph.node[-1].input.append("zeros")
    add_node(graph, "out", "Relu", ["input"], T=F)
    made = cut(graph, find_input(graph), "out", (1, 2, 2, 3))
    assert [(node.name, node.op) for node in made.node] == [
        ("input", "Placeholder"),
        ("out", "Relu"),
    ]


def test_an_output_that_also_needs_another_placeholder_is_refused() -> None:
    graph = placeholder(decoder_graph(), "keep_prob", None)
    add_node(graph, "scaled", "Mul", ["softmax", "keep_prob"], T=F)
    with pytest.raises(GraphError, match="also needs a value for placeholder keep_prob"):
        cut(graph, find_input(graph, "DecodeJpeg"), "scaled", (5, 6, 3))


def test_an_output_that_no_image_reaches_is_refused() -> None:
    with pytest.raises(GraphError, match="'dense/bias' does not depend on input 'DecodeJpeg'"):
        cut(DECODER, find_input(DECODER), "dense/bias", (5, 6, 3))


def test_a_missing_node_is_named() -> None:
    graph = decoder_graph()
    del graph.node[names(graph).index("conv/kernel")]
    with pytest.raises(
        GraphError, match="node 'conv' reads 'conv/kernel', but there is no node 'conv/kernel'"
    ):
        cut(graph, find_input(graph), "softmax", (5, 6, 3))


def test_a_circle_of_nodes_ends() -> None:
    graph = decoder_graph()
    nodes_by_name(graph)["conv"].input[1] = "softmax"
    assert "softmax" in ancestors(graph, "softmax")


PROGRAM = """
import json, pathlib, sys
import numpy as np
import tensorflow.compat.v1 as tf
folder = pathlib.Path(sys.argv[1])
def run(file, fetches, feeds):
    definition = tf.GraphDef.FromString((folder / file).read_bytes())
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        tf.import_graph_def(definition, name="")
        return session.run(fetches, feeds)
jpeg = (folder / "a.jpg").read_bytes()
pixels, whole = run("whole.pb", ["DecodeJpeg:0", "softmax:0"], {"DecodeJpeg/contents:0": jpeg})
part = run("cut.pb", "softmax:0", {"DecodeJpeg:0": pixels})
print(json.dumps([pixels.shape, whole.tolist(), part.tolist()]))
"""


@pytest.mark.tensorflow
def test_tensorflow_gives_the_cut_graph_s_scores_to_the_last_bit(
    tensorflow_here: None, tmp_path: Path
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (11, 9, 3), np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(picture).save(buffer, "JPEG")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    (tmp_path / "whole.pb").write_bytes(BYTES)
    made = cut(DECODER, find_input(DECODER), "softmax", (11, 9, 3))
    (tmp_path / "cut.pb").write_bytes(to_bytes(made))
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shape, whole, part = json.loads(done.stdout.splitlines()[-1])
    assert shape == [11, 9, 3]
    assert whole == part
    assert len(set(whole[0])) > 1
