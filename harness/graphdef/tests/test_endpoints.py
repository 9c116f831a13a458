"""Where images enter a GraphDef and where scores leave it."""

from typing import Any

import numpy as np
import pytest

from harness.errors import GraphError
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.tensors import DT_BOOL, DT_FLOAT, DT_INT32, DT_STRING, DT_UINT8
from harness.graphdef.tests.graphs import DECODER, placeholder
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, decoder_graph, float_graph


def test_the_decoder_s_graph() -> None:
    found = find_input(DECODER)
    assert (found.feed, found.pixels) == ("DecodeJpeg/contents", "DecodeJpeg")
    assert (found.kind, found.dtype, found.channels) == ("encoded", "uint8", 3)
    assert found.size is None
    assert not found.channels_first


@pytest.mark.parametrize("name", ["DecodeJpeg/contents", "DecodeJpeg/contents:0", "DecodeJpeg"])
def test_a_graph_s_input_may_be_named_by_the_bytes_or_by_the_decoder(name: str) -> None:
    assert find_input(DECODER, name) == find_input(DECODER)


@pytest.mark.parametrize("op", ["DecodeJpeg", "DecodePng", "DecodeImage", "DecodeBmp"])
def test_every_decoder(op: str) -> None:
    graph = GraphDef()
    add_node(graph, "bytes", "Placeholder", [], dtype=("type", DT_STRING))
    add_node(graph, "decoder", op, ["bytes"], channels=1, dct_method="INTEGER_ACCURATE")
    found = find_input(graph)
    assert (found.feed, found.pixels, found.channels) == ("bytes", "decoder", 1)
    assert found.dct_method == "INTEGER_ACCURATE"


def test_a_decoder_that_leaves_the_channels_to_the_file() -> None:
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
def test_a_tensor_s_placeholder(shape: Any, size: Any, channels: Any, first: Any, op: str) -> None:
    found = find_input(placeholder(GraphDef(), "input", shape, op=op))
    assert (found.feed, found.pixels, found.kind) == ("input", "input", "pixels")
    assert (found.size, found.channels, found.channels_first) == (size, channels, first)


def test_an_unknown_rank_is_taken_for_a_batch() -> None:
    assert len(find_input(placeholder(GraphDef(), "input", None)).shape) == 4


@pytest.mark.parametrize(("dtype", "name"), [(DT_UINT8, "uint8"), (DT_FLOAT, "float32")])
def test_the_type_of_a_placeholder(dtype: Any, name: str) -> None:
    assert find_input(placeholder(GraphDef(), "input", dtype=dtype)).dtype == name


def test_flags_beside_the_image_do_not_make_the_input_unclear() -> None:
    graph = placeholder(float_graph(), "keep_prob", shape=None)
    placeholder(graph, "phase_train", (), DT_BOOL)
    placeholder(graph, "top_k", (), DT_INT32)
    placeholder(graph, "features", (None, 8, 8, 64))
    assert find_input(graph).feed == "input"


def test_two_images_are_unclear_and_listed() -> None:
    graph = placeholder(float_graph(), "second")
    with pytest.raises(GraphError, match="could take an image: input, second") as error:
        find_input(graph)
    assert "--input" in str(error.value)
    assert find_input(graph, "second").feed == "second"


def test_no_image_at_all_says_none() -> None:
    graph = GraphDef()
    add_const(graph, "x", np.float32(1))
    with pytest.raises(GraphError, match="could take an image: none"):
        find_input(graph)


@pytest.mark.parametrize("name", ["DecodeJpg/contents", "DecodeJpeg/content:0", "decodejpeg"])
def test_a_wrong_input_name_is_shown_the_nearest(name: str) -> None:
    with pytest.raises(GraphError, match=f"no input tensor '{name}'.*nearest: .*DecodeJpeg"):
        find_input(DECODER, name)


@pytest.mark.parametrize(
    "name", ["", ":", ":0", "softmax:", "softmax:x", "softmax:0:0", "^softmax"]
)
def test_what_is_no_tensor_name_is_refused(name: str) -> None:
    for find in (find_input, find_output):
        with pytest.raises(GraphError, match="tensor '"):
            find(DECODER, name)


def test_an_input_that_is_no_placeholder_says_what_it_is() -> None:
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
def test_a_placeholder_that_takes_no_image_says_why(shape: Any, dtype: Any, words: Any) -> None:
    with pytest.raises(GraphError, match=words):
        find_input(placeholder(GraphDef(), "input", shape, dtype), "input")


def test_a_string_that_feeds_no_decoder_says_what_it_feeds() -> None:
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
def test_decoders_that_make_something_else(attrs: Any, words: Any) -> None:
    graph = GraphDef()
    add_node(graph, "bytes", "Placeholder", [], dtype=("type", DT_STRING))
    add_node(graph, "decoder", "DecodePng", ["bytes"], **attrs)
    with pytest.raises(GraphError, match=words):
        find_input(graph, "bytes")


@pytest.mark.parametrize("inputs", [[], ["absent"]])
def test_a_decoder_without_its_input_is_damage(inputs: Any) -> None:
    graph = GraphDef()
    add_node(graph, "decoder", "DecodePng", inputs)
    with pytest.raises(GraphError, match="'decoder' has no input; the file is damaged"):
        find_input(graph, "decoder")


def test_the_output_is_what_nothing_uses() -> None:
    assert find_output(DECODER) == "softmax:0"
    assert find_output(DECODER, "logits") == "logits:0"
    assert find_output(DECODER, "logits:0") == "logits:0"


def test_a_softmax_is_preferred_also_behind_identity_and_reshape() -> None:
    graph = decoder_graph()
    add_node(graph, "aux", "Relu", ["conv"], T=F)
    assert find_output(graph) == "softmax:0"
    add_const(graph, "shape", np.array([10], np.int32))
    add_node(graph, "flat", "Reshape", ["softmax", "shape"], T=F)
    add_node(graph, "scores", "Identity", ["flat"], T=F)
    assert find_output(graph) == "scores:0"


def test_what_trails_behind_is_no_output() -> None:
    graph = decoder_graph()
    add_node(graph, "init", "NoOp", ["^conv"])
    add_node(graph, "summary", "ScalarSummary", ["logits"])
    add_const(graph, "unused", np.float32(1))
    placeholder(graph, "keep_prob", None)
    assert find_output(graph) == "softmax:0"


def test_two_outputs_are_unclear_and_listed() -> None:
    graph = decoder_graph()
    add_node(graph, "softmax_1", "Softmax", ["logits"], T=F)
    with pytest.raises(GraphError, match="nothing uses: softmax, softmax_1") as error:
        find_output(graph)
    assert "--output" in str(error.value)


def test_a_wrong_output_name_is_shown_the_nearest() -> None:
    with pytest.raises(GraphError, match=r"no output tensor 'softmx'.*nearest: softmax"):
        find_output(DECODER, "softmx")
