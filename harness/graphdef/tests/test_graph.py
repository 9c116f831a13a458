"""GraphDefs: what is refused and why, where images enter, and what a cut keeps."""

import contextlib
import io
import json
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import GraphError
from harness.graphdef.access import nodes_by_name, shape_of
from harness.graphdef.build import add_const, add_node
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import parse
from harness.graphdef.serialise import digest, to_bytes
from harness.graphdef.tensors import DT_BOOL, DT_FLOAT, DT_INT32, DT_STRING, DT_UINT8
from harness.graphdef.traversal import ancestors
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, I, constants, decoder_graph, float_graph

DECODER = decoder_graph()
BYTES = to_bytes(DECODER)


def placeholder(graph, name, shape=(None, 8, 8, 3), dtype=DT_FLOAT, op="Placeholder"):
    add_node(graph, name, op, [], dtype=("type", dtype))
    for size in shape or ():
        graph.node[-1].attr["shape"].shape.dim.add(size=-1 if size is None else size)
    if shape is None:
        graph.node[-1].attr["shape"].shape.unknown_rank = True
    return graph


def names(graph):
    return [node.name for node in graph.node]


# --- parse


def test_a_graph_is_read_with_all_its_nodes():
    graph = parse(BYTES)
    assert names(graph) == names(DECODER)
    assert to_bytes(graph) == BYTES


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (BYTES[:-1], "cut short"),
        (BYTES[: len(BYTES) // 2], "cut short"),
        (b"hello, world\n", "this is a text file ("),
        (b'node {\n  name: "x"\n  op: "Placeholder"\n}\n', "this is a text file, perhaps a .pbtxt"),
        (b"\x08\x01\x12\x04abcd", "looks like a SavedModel; freeze it first"),
        (b"\x1c\0\0\0TFL3\0\0\0\0", "this is a TFLite model"),
        (b"PK\x03\x04\x14\0\0\0", "no GraphDef"),
        (b"\x7fELF\x02\x01\x01\0", "no GraphDef"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no GraphDef"),
        (bytes(1000), "no GraphDef"),
        (bytes(range(256)) * 4, "no GraphDef"),
        (b"\x0a\x00", "no GraphDef"),  # a node without a name
    ],
)
def test_what_is_no_graph_is_named_for_what_it_is(data, words):
    with pytest.raises(GraphError) as error:
        parse(data, "model.pb")
    assert words in str(error.value)
    assert str(error.value).startswith("model.pb: ")
    assert f"({len(data)} bytes). Expected a frozen GraphDef" in str(error.value)


def test_every_shorter_piece_of_a_graph_is_a_graph_error_or_has_fewer_nodes():
    for length in range(0, len(BYTES), 7):
        with contextlib.suppress(GraphError):
            assert len(parse(BYTES[:length]).node) < len(DECODER.node)


def test_a_graph_that_is_not_frozen_names_a_variable():
    graph = decoder_graph()
    add_node(graph, "dense/weights", "VariableV2", [])
    with pytest.raises(GraphError, match="not frozen: 1 variables, such as 'dense/weights'"):
        parse(to_bytes(graph))


def test_two_nodes_of_one_name_are_refused():
    graph = decoder_graph()
    graph.node.add(name="conv", op="Relu")
    with pytest.raises(GraphError, match="two nodes are called 'conv'"):
        parse(to_bytes(graph))


def test_many_nodes_of_one_name_are_refused_without_counting_each():
    graph = GraphDef()
    for index in range(200_000):
        graph.node.add(name=f"n{min(index, 199_998)}", op="NoOp")
    with pytest.raises(GraphError, match="two nodes are called 'n199998'"):
        parse(to_bytes(graph))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_bytes_are_a_graph_error_or_a_graph(data):
    mutated = bytearray(BYTES)
    # Most of the bytes are weights: damage what is not, the names, ops, shapes and lengths.
    structure = [i for i in range(len(BYTES)) if i < 700 or i > len(BYTES) - 500]
    for _ in range(data.draw(st.integers(1, 4))):
        at = min(data.draw(st.sampled_from(structure)), len(mutated) - 1)
        if data.draw(st.booleans()):
            mutated[at] = data.draw(st.integers(0, 255))
        else:
            del mutated[at : at + data.draw(st.integers(1, 30))]
    with contextlib.suppress(GraphError):
        graph = parse(bytes(mutated))
        _use(graph)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_a_graph_error_or_a_graph(data):
    with contextlib.suppress(GraphError):
        _use(parse(data))


def _use(graph):
    """All that is done with a graph that was read."""
    before = to_bytes(graph)
    ends = []
    for find in (find_input, find_output):
        with contextlib.suppress(GraphError):
            ends.append(find(graph))
    for node in list(graph.node):
        with contextlib.suppress(GraphError):
            find_input(graph, node.name)
    if len(ends) == 2:
        with contextlib.suppress(GraphError):
            cut(graph, *ends, (5, 6, 3))
    assert to_bytes(graph) == before


# --- where images enter


def test_the_decoder_s_graph():
    found = find_input(DECODER)
    assert (found.feed, found.pixels) == ("DecodeJpeg/contents", "DecodeJpeg")
    assert (found.kind, found.dtype, found.channels) == ("encoded", "uint8", 3)
    assert found.size is None
    assert not found.channels_first


@pytest.mark.parametrize("name", ["DecodeJpeg/contents", "DecodeJpeg/contents:0", "DecodeJpeg"])
def test_a_graph_s_input_may_be_named_by_the_bytes_or_by_the_decoder(name):
    assert find_input(DECODER, name) == find_input(DECODER)


@pytest.mark.parametrize("op", ["DecodeJpeg", "DecodePng", "DecodeImage", "DecodeBmp"])
def test_every_decoder(op):
    graph = GraphDef()
    add_node(graph, "bytes", "Placeholder", [], dtype=("type", DT_STRING))
    add_node(graph, "decoder", op, ["bytes"], channels=1, dct_method="INTEGER_ACCURATE")
    found = find_input(graph)
    assert (found.feed, found.pixels, found.channels) == ("bytes", "decoder", 1)
    assert found.dct_method == "INTEGER_ACCURATE"


def test_a_decoder_that_leaves_the_channels_to_the_file():
    graph = GraphDef()
    add_node(graph, "bytes", "Placeholder", [], dtype=("type", DT_STRING))
    add_node(graph, "decoder", "DecodePng", ["bytes"])
    assert find_input(graph).channels == 0
    assert find_input(graph).shape == (None, None, None)


@pytest.mark.parametrize(
    ("shape", "size", "channels", "first"),
    [
        ((None, 8, 6, 3), (8, 6), 3, False),
        ((1, 8, 6, 1), (8, 6), 1, False),
        ((None, 3, 8, 6), (8, 6), 3, True),
        ((1, 4, 8, 6), (8, 6), 4, True),
        ((8, 6, 3), (8, 6), 3, False),
        ((None, None, None, 3), None, 3, False),
        ((None, 3, None, None), None, 3, True),
        ((None, 8, 6, None), (8, 6), 3, False),
        (None, None, 3, False),
    ],
)
@pytest.mark.parametrize("op", ["Placeholder", "PlaceholderWithDefault"])
def test_a_tensor_s_placeholder(shape, size, channels, first, op):
    found = find_input(placeholder(GraphDef(), "input", shape, op=op))
    assert (found.feed, found.pixels, found.kind) == ("input", "input", "pixels")
    assert (found.size, found.channels, found.channels_first) == (size, channels, first)


def test_an_unknown_rank_is_taken_for_a_batch():
    assert len(find_input(placeholder(GraphDef(), "input", None)).shape) == 4


@pytest.mark.parametrize(("dtype", "name"), [(DT_UINT8, "uint8"), (DT_FLOAT, "float32")])
def test_the_type_of_a_placeholder(dtype, name):
    assert find_input(placeholder(GraphDef(), "input", dtype=dtype)).dtype == name


def test_flags_beside_the_image_do_not_make_the_input_unclear():
    graph = placeholder(float_graph(), "keep_prob", shape=None)
    placeholder(graph, "phase_train", (), DT_BOOL)
    placeholder(graph, "top_k", (), DT_INT32)
    placeholder(graph, "features", (None, 8, 8, 64))
    assert find_input(graph).feed == "input"


def test_two_images_are_unclear_and_listed():
    graph = placeholder(float_graph(), "second")
    with pytest.raises(GraphError, match="could take an image: input, second") as error:
        find_input(graph)
    assert "--input" in str(error.value)
    assert find_input(graph, "second").feed == "second"


def test_no_image_at_all_says_none():
    graph = GraphDef()
    add_const(graph, "x", np.float32(1))
    with pytest.raises(GraphError, match="could take an image: none"):
        find_input(graph)


@pytest.mark.parametrize("name", ["DecodeJpg/contents", "DecodeJpeg/content:0", "decodejpeg"])
def test_a_wrong_input_name_is_shown_the_nearest(name):
    with pytest.raises(GraphError, match=f"no input tensor '{name}'.*nearest: .*DecodeJpeg"):
        find_input(DECODER, name)


@pytest.mark.parametrize(
    "name", ["", ":", ":0", "softmax:", "softmax:x", "softmax:0:0", "^softmax"]
)
def test_what_is_no_tensor_name_is_refused(name):
    for find in (find_input, find_output):
        with pytest.raises(GraphError, match="tensor '"):
            find(DECODER, name)


def test_an_input_that_is_no_placeholder_says_what_it_is():
    with pytest.raises(GraphError, match="input 'conv' is a Conv2D; expected a Placeholder"):
        find_input(DECODER, "conv")


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [
        ((None, 10), DT_FLOAT, r"takes no image: type float32, shape \(None, 10\)"),
        ((None, 8, 8, 7), DT_FLOAT, "with 1, 3 or 4 channels"),
        ((None, 8, 8, 3), DT_BOOL, "type bool"),
        ((None, 8, 8, 3), 99, "type TensorFlow's number 99"),
        ((None, 1 << 40, 1 << 40, 3), DT_FLOAT, "takes no image"),
        ((1, 1, 1, 1, 3), DT_FLOAT, "takes no image"),
    ],
)
def test_a_placeholder_that_takes_no_image_says_why(shape, dtype, words):
    with pytest.raises(GraphError, match=words):
        find_input(placeholder(GraphDef(), "input", shape, dtype), "input")


def test_a_string_that_feeds_no_decoder_says_what_it_feeds():
    graph = GraphDef()
    add_node(graph, "path", "Placeholder", [], dtype=("type", DT_STRING))
    with pytest.raises(GraphError, match="'path' feeds nothing"):
        find_input(graph, "path")
    add_node(graph, "read", "ReadFile", ["path"])
    with pytest.raises(GraphError, match="'path' feeds ReadFile; expected exactly one of Decode"):
        find_input(graph, "path")


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"dtype": ("type", DT_FLOAT)}, "makes float32; only uint8"),
        ({"dtype": ("type", 99)}, "makes TensorFlow's type 99"),
        ({"channels": 7}, "makes 7 channels"),
        ({"channels": -1}, "makes -1 channels"),
    ],
)
def test_decoders_that_make_something_else(attrs, words):
    graph = GraphDef()
    add_node(graph, "bytes", "Placeholder", [], dtype=("type", DT_STRING))
    add_node(graph, "decoder", "DecodePng", ["bytes"], **attrs)
    with pytest.raises(GraphError, match=words):
        find_input(graph, "bytes")


@pytest.mark.parametrize("inputs", [[], ["absent"]])
def test_a_decoder_without_its_input_is_damage(inputs):
    graph = GraphDef()
    add_node(graph, "decoder", "DecodePng", inputs)
    with pytest.raises(GraphError, match="'decoder' has no input; the file is damaged"):
        find_input(graph, "decoder")


# --- where scores leave


def test_the_output_is_what_nothing_uses():
    assert find_output(DECODER) == "softmax:0"
    assert find_output(DECODER, "logits") == "logits:0"
    assert find_output(DECODER, "logits:0") == "logits:0"


def test_a_softmax_is_preferred_also_behind_identity_and_reshape():
    graph = decoder_graph()
    add_node(graph, "aux", "Relu", ["conv"], T=F)
    assert find_output(graph) == "softmax:0"
    add_const(graph, "shape", np.int32([10]))
    add_node(graph, "flat", "Reshape", ["softmax", "shape"], T=F)
    add_node(graph, "scores", "Identity", ["flat"], T=F)
    assert find_output(graph) == "scores:0"


def test_what_trails_behind_is_no_output():
    graph = decoder_graph()
    add_node(graph, "init", "NoOp", ["^conv"])
    add_node(graph, "summary", "ScalarSummary", ["logits"])
    add_const(graph, "unused", np.float32(1))
    placeholder(graph, "keep_prob", None)
    assert find_output(graph) == "softmax:0"


def test_two_outputs_are_unclear_and_listed():
    graph = decoder_graph()
    add_node(graph, "softmax_1", "Softmax", ["logits"], T=F)
    with pytest.raises(GraphError, match="nothing uses: softmax, softmax_1") as error:
        find_output(graph)
    assert "--output" in str(error.value)


def test_a_wrong_output_name_is_shown_the_nearest():
    with pytest.raises(GraphError, match=r"no output tensor 'softmx'.*nearest: softmax"):
        find_output(DECODER, "softmx")


# --- cut


def test_a_cut_keeps_every_name_and_only_what_the_output_needs():
    graph = decoder_graph()
    add_node(graph, "aux", "Relu", ["conv"], T=F)
    made = cut(graph, find_input(graph), "softmax:0", (5, 6, 3))
    assert set(names(made)) == set(names(DECODER)) - {"DecodeJpeg/contents"}
    entry = nodes_by_name(made)["DecodeJpeg"]
    assert entry.op == "Placeholder"
    assert entry.attr["dtype"].type == DT_UINT8
    assert shape_of(entry) == (5, 6, 3)
    assert not entry.input


def test_a_cut_at_an_inner_output_leaves_the_rest_out():
    made = cut(DECODER, find_input(DECODER), "conv/Relu", (5, 6, 3))
    assert names(made)[-1] == "conv/Relu"
    assert "dense/kernel" not in names(made)


def test_the_caller_s_shape_takes_the_place_of_an_unknown_batch():
    graph = float_graph()
    made = cut(graph, find_input(graph), "softmax", (1, 8, 8, 3))
    assert shape_of(nodes_by_name(made)["input"]) == (1, 8, 8, 3)


def test_what_newer_tensorflow_adds_and_what_binds_to_a_device_goes():
    graph = decoder_graph()
    node = nodes_by_name(graph)["dense/MatMul"]
    node.attr["grad_a"].b = node.attr["grad_b"].b = False
    node.attr["_class"].list.s.append(b"loc:@x")
    node.device = "/device:GPU:0"
    made = nodes_by_name(cut(graph, find_input(graph), "softmax", (5, 6, 3)))
    assert set(made["dense/MatMul"].attr) == {"T", "transpose_a", "transpose_b"}
    assert not made["dense/MatMul"].device
    assert "grad_a" in nodes_by_name(graph)["dense/MatMul"].attr


def test_control_inputs_go_and_with_them_what_only_they_need():
    graph = decoder_graph()
    add_node(graph, "check", "Assert", ["conv"])
    nodes_by_name(graph)["logits"].input.extend(["^check", "^DecodeJpeg/contents"])
    entry = find_input(DECODER)
    made = cut(graph, entry, "softmax", (5, 6, 3))
    assert to_bytes(made) == to_bytes(cut(DECODER, entry, "softmax", (5, 6, 3)))


def test_a_placeholder_with_a_default_becomes_its_default():
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


def test_an_image_placeholder_with_a_default_is_fed_and_not_its_default():
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


def test_an_output_that_also_needs_another_placeholder_is_refused():
    graph = placeholder(decoder_graph(), "keep_prob", None)
    add_node(graph, "scaled", "Mul", ["softmax", "keep_prob"], T=F)
    with pytest.raises(GraphError, match="also needs a value for placeholder keep_prob"):
        cut(graph, find_input(graph, "DecodeJpeg"), "scaled", (5, 6, 3))


def test_an_output_that_no_image_reaches_is_refused():
    with pytest.raises(GraphError, match="'dense/bias' does not depend on input 'DecodeJpeg'"):
        cut(DECODER, find_input(DECODER), "dense/bias", (5, 6, 3))


def test_a_missing_node_is_named():
    graph = decoder_graph()
    del graph.node[names(graph).index("conv/kernel")]
    with pytest.raises(
        GraphError, match="node 'conv' reads 'conv/kernel', but there is no node 'conv/kernel'"
    ):
        cut(graph, find_input(graph), "softmax", (5, 6, 3))


def test_a_circle_of_nodes_ends():
    graph = decoder_graph()
    nodes_by_name(graph)["conv"].input[1] = "softmax"
    assert "softmax" in ancestors(graph, "softmax")


GRAPHS = st.one_of(
    st.builds(decoder_graph, st.integers(1, 5), size=st.integers(1, 9)),
    st.builds(
        float_graph,
        st.integers(1, 5),
        shape=st.sampled_from([(None, 8, 8, 3), (1, 8, 8, 3), (8, 8, 3), (None, None, None, 3)]),
        dtype=st.sampled_from([DT_FLOAT, DT_UINT8]),
    ),
)


@settings(max_examples=40, deadline=None)
@given(GRAPHS, st.sampled_from(["softmax", "logits:0", "conv/Relu"]), st.integers(1, 9))
def test_nothing_changes_the_graph_itself_and_the_bytes_are_the_same_each_time(graph, output, size):
    before = to_bytes(graph)
    entry = find_input(graph)
    made = cut(graph, entry, find_output(graph, output), (size, size, 3))
    assert to_bytes(graph) == before
    fresh = parse(before)
    again = cut(fresh, find_input(fresh), output, (size, size, 3))
    assert to_bytes(made) == to_bytes(again)
    assert set(names(made)) <= set(names(graph))
    assert to_bytes(cut(made, find_input(made), output, (size, size, 3))) == to_bytes(made)


def test_bytes_do_not_depend_on_the_order_in_which_attributes_were_set():
    graphs = [GraphDef(), GraphDef()]
    for graph, keys in zip(graphs, ["abc", "cba"], strict=True):
        add_node(graph, "x", "Relu", [], **dict.fromkeys(keys, 1))
    assert to_bytes(graphs[0]) == to_bytes(graphs[1])


def test_what_the_harness_does_not_know_is_carried_through():
    graph = parse(BYTES + b"\x12\x03\x0a\x01\x00")  # library { function { … } }
    made = cut(graph, find_input(graph), "softmax", (5, 6, 3))
    assert b"\x12\x03\x0a\x01\x00" in to_bytes(made)


def test_a_digest_tells_values_types_and_shapes_apart():
    arrays = [np.zeros(4, np.float32), np.zeros(2, np.float64), np.zeros((2, 2), np.float32)]
    assert len({digest(array) for array in arrays}) == 3
    assert digest(arrays[2]) == digest(arrays[2].T)
    assert digest(b"x") != digest(b"y")


def test_attributes_of_every_kind_are_written():
    graph = GraphDef()
    add_node(graph, "x", "Op", ["a", "b:1"], s="text", b=True, i=3, f=0.5, t=I, many=[1, 2])
    attr = graph.node[0].attr
    assert (attr["s"].s, attr["b"].b, attr["i"].i, attr["f"].f) == (b"text", True, 3, 0.5)
    assert (attr["t"].type, list(attr["many"].list.i)) == (DT_INT32, [1, 2])
    assert list(graph.node[0].input) == ["a", "b:1"]


def test_constants_are_all_numeric_ones_by_name():
    found = dict(constants(DECODER))
    assert set(found) == {n.name for n in DECODER.node if n.op == "Const"}
    assert found["conv/kernel"].shape == (3, 3, 3, 8)


# --- what TensorFlow makes of it

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
def test_tensorflow_gives_the_cut_graph_s_scores_to_the_last_bit(tensorflow_here, tmp_path):
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
