"""The float64 form of whole graphs: what it keeps in float32, what it names, and its values."""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.preprocess import Preprocess
from harness.errors import GraphError
from harness.execution.decoder_prefix import with_decoder
from harness.graphdef.access import node_of, nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT, DT_HALF, DT_INT32
from harness.graphdef.tests.float64_forms import conv, resize, softmax
from harness.graphdef.tests.float64_runs import (
    Job,
    apart,
    crop_graph,
    difficult_graph,
    fed,
    flag_graph,
    run_all,
)
from harness.graphdef.wire import GraphDef
from harness.testing.pretrained import DEQUANTISED, FOLDED, NETWORK, network_file, photo
from harness.testing.tiny import F, constants, decoder_graph, float_graph

RNG = np.random.default_rng(1)
PIXELS = RNG.uniform(-1, 1, (1, 8, 8, 3)).astype(np.float32)
PICTURE = RNG.integers(0, 256, (11, 13, 3), np.uint8)
D = ("type", DT_DOUBLE)
PNG = io.BytesIO()
PIL.Image.fromarray(PICTURE).save(PNG, "PNG")


def body(graph: GraphDef, x: Any) -> Any:
    """What `tiny` computes behind its pixels, in float64."""
    weights = {name: array.astype(np.float64) for name, array in constants(graph)}
    made = conv(x, weights["conv/kernel"], (2, 2), ((0, 1), (0, 1))).clip(0)
    return softmax(made.mean((1, 2)) @ weights["dense/kernel"] + weights["dense/bias"])


FLOAT, DECODER = float_graph(), decoder_graph()
DIFFICULT = difficult_graph()
PREFIXED, PREFIXED_ENTRY = with_decoder(float_graph(), find_input(FLOAT), Preprocess())
JOBS = {
    "float": Job(FLOAT, {"input:0": PIXELS}, "softmax", also=("logits:0", "conv/Relu:0")),
    "bytes": Job(DECODER, {"DecodeJpeg/contents:0": PNG.getvalue()}, "softmax"),
    "pixels": Job(DECODER, {"DecodeJpeg:0": PICTURE}, "softmax"),
    "prefixed": Job(
        PREFIXED, {"parity/contents:0": PNG.getvalue()}, "softmax", PREFIXED_ENTRY, ("input:0",)
    ),
    "prefixed, pixels": Job(PREFIXED, {"input:0": PIXELS}, "softmax", PREFIXED_ENTRY),
    "crop": Job(crop_graph(), {"input:0": RNG.random((1, 10, 10, 3), np.float32)}),
    "flag": Job(flag_graph(), {"input:0": PIXELS}, entry=fed(PIXELS)),
    "flag, fed": Job(flag_graph(), {"input:0": PIXELS, "keep:0": 3.0}, entry=fed(PIXELS)),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("float64")
    jobs = dict(JOBS)
    return run_all(folder, jobs)


def logits(graph: GraphDef) -> Any:
    nodes = nodes_by_name(graph)
    node = nodes[node_of(find_output(graph))]
    while node.op != "Softmax":
        node = nodes[node_of(node.input[0])]
    return f"{node_of(node.input[0])}:0"


@pytest.mark.tensorflow
def test_the_scores_are_numpy_s_in_float64(tensorflow_here: None, answers: Any) -> None:
    expected = {
        "float": body(FLOAT, PIXELS),
        "pixels": body(DECODER, resize(PICTURE[None], (8, 8), "legacy")),
        "prefixed, pixels": body(FLOAT, PIXELS),
    }
    expected["bytes"] = expected["pixels"]  # a PNG is decoded exactly
    for name, scores in expected.items():
        found = answers[name]
        assert found.in_float64.dtype == np.float64
        assert apart(found.in_float64, scores) < 1e-12, name
        assert 0 < apart(found.original, found.in_float64) < 1e-4, name


@pytest.mark.tensorflow
def test_nodes_between_keep_their_names_and_are_float64(
    tensorflow_here: None, answers: Any
) -> None:
    also = answers["float"].also
    assert {converted.dtype for _, converted in also.values()} == {np.dtype(np.float64)}
    assert apart(softmax(also["logits:0"][1]), answers["float"].in_float64) < 1e-12


@pytest.mark.tensorflow
def test_a_pixel_tensor_that_bytes_are_turned_into_stays_float32_and_is_named(
    tensorflow_here: None, answers: Any
) -> None:
    found = answers["prefixed"]
    pixels = found.also["input:0"][1]
    assert pixels.dtype == np.float32
    assert apart(found.in_float64, body(FLOAT, pixels)) < 1e-12
    why = "it can be fed, so what computes it is rounded to float32"
    assert found.kept == (f"Identity input: {why}",)


@pytest.mark.tensorflow
def test_a_size_is_the_original_s_though_float64_would_round_it_otherwise(
    tensorflow_here: None, answers: Any
) -> None:
    found = answers["crop"]
    assert int(np.float64(np.float32(0.7)) * 10) == 6
    assert found.in_float64.shape == found.original.shape == (1, 7, 10, 3)
    assert found.in_float64.dtype == np.float64
    taken = JOBS["crop"].feeds["input:0"][:, :7].astype(np.float64)
    assert apart(found.in_float64, taken * 10 * np.float64(np.float32(0.7))) < 1e-12
    assert found.kept == ()


@pytest.mark.tensorflow
def test_a_placeholder_with_a_default_is_fed_or_not(tensorflow_here: None, answers: Any) -> None:
    assert apart(answers["flag"].in_float64, PIXELS * np.float64(np.float32(0.1))) < 1e-15
    assert apart(answers["flag, fed"].in_float64, PIXELS * np.float64(3)) < 1e-15
    assert answers["flag"].kept == ()


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", [NETWORK, FOLDED, DEQUANTISED])
def test_truth_of_pretrained_networks(tensorflow_here: None, tmp_path: Path, name: str) -> None:
    """Measured: 1.6e-6 and 3.5e-5 (folded about the same), 2.8e-6 and 3.7e-5 (MobileNetV2)."""
    graph = parse(network_file(name, tmp_path).read_bytes())
    feeds = {f"{find_input(graph).feed}:0": photo("rocket.jpg").read_bytes()}
    job = Job(graph, feeds, find_output(graph), also=(logits(graph),))
    found = run_all(tmp_path, {name: job})[name]
    ((logits32, logits64),) = found.also.values()
    assert found.kept == ()
    assert found.in_float64.dtype == logits64.dtype == np.float64
    assert found.original.argmax() == found.in_float64.argmax()
    assert 1e-7 < np.abs(found.original - found.in_float64).max() < 3e-5
    assert 2e-6 < np.abs(logits32 - logits64).max() < 1e-4
    assert abs(found.in_float64.sum() - 1) < 1e-12


@pytest.mark.parametrize("graph", [FLOAT, DECODER, crop_graph(), flag_graph()])
def test_the_graph_is_not_changed_and_the_bytes_are_always_the_same(graph: GraphDef) -> None:
    before, entry = to_bytes(graph), fed(PIXELS)
    output = graph.node[-1].name if graph.node[-1].op == "Softmax" else "out"
    first, second = (convert_to_float64(graph, entry, output) for _ in "12")
    assert to_bytes(graph) == before
    assert to_bytes(first.graph) == to_bytes(second.graph)
    assert len(parse(to_bytes(first.graph)).node) > 0, "no name is given twice"


def test_only_what_the_output_needs_is_taken_and_no_float32_is_left() -> None:
    converted = convert_to_float64(FLOAT, find_input(FLOAT), "logits")
    names = set(nodes_by_name(converted.graph))
    assert converted.output == "logits:0"
    assert {"logits", "input", "conv"} < names
    assert "softmax" not in names
    single = [n.name for n in converted.graph.node if DT_FLOAT in {a.type for a in n.attr.values()}]
    assert single == ["input", "input/float64"]


def test_control_inputs_and_foreign_attributes() -> None:
    converted = nodes_by_name(convert_to_float64(flag_graph(), fed(PIXELS), "out").graph)
    assert list(converted["out"].input) == ["input/float64", "keep/float64", "^unused", "^input"]
    assert "_class" not in converted["out"].attr
    assert "elsewhere" not in converted
    assert list(converted["unused"].input) == ["^first"]


def test_a_name_that_is_taken_is_not_given_again() -> None:
    graph = float_graph()
    add_node(graph, "input/float64", "Identity", ["input"], T=F)
    add_node(graph, "both", "AddN", ["input/float64", "input"], T=F, N=2)
    converted = nodes_by_name(convert_to_float64(graph, find_input(graph), "both").graph)
    assert list(converted["both"].input) == ["input/float64", "input/float64_1"]


def test_constants_are_widened_exactly_and_whole_numbers_stay() -> None:
    converted = convert_to_float64(FLOAT, find_input(FLOAT), "softmax")
    before, after = dict(constants(FLOAT)), dict(constants(converted.graph))
    assert before.keys() == after.keys()
    assert all((before[name] == after[name]).all() for name in before)
    assert after["conv/kernel"].dtype == np.float64
    assert after["pool/axes"].dtype == np.int32


def test_what_rounds_to_float16_is_named_and_what_widens_it_is_not() -> None:
    graph = float_graph()
    half = ("type", DT_HALF)
    add_const(graph, "half", np.array([2], np.float16))
    add_node(graph, "wide", "Cast", ["half"], SrcT=half, DstT=F)
    add_node(graph, "scaled", "Mul", ["softmax", "wide"], T=F)
    add_node(graph, "narrow", "Cast", ["scaled"], SrcT=F, DstT=half)
    add_node(graph, "sum", "AddV2", ["narrow", "half"], T=half)
    entry = find_input(graph)
    assert convert_to_float64(graph, entry, "scaled").kept == ()
    assert convert_to_float64(graph, entry, "sum").kept == (
        "Cast narrow: it computes in float16",
        "AddV2 sum: it computes in float16",
    )


def test_a_whole_number_that_depends_on_the_image_is_computed_in_float64() -> None:
    graph = float_graph()
    add_node(graph, "whole", "Cast", ["softmax"], SrcT=F, DstT=("type", DT_INT32))
    converted = nodes_by_name(convert_to_float64(graph, find_input(graph), "whole").graph)
    assert converted["whole"].attr["SrcT"].type == DT_DOUBLE


def test_the_input_is_no_output() -> None:
    with pytest.raises(GraphError, match=r"output 'input' is what the graph is fed"):
        convert_to_float64(FLOAT, find_input(FLOAT), "input")


def test_a_missing_node_is_told() -> None:
    with pytest.raises(GraphError, match="there is no node 'nothing' in the graph; known: "):
        convert_to_float64(FLOAT, find_input(FLOAT), "nothing")


@given(st.data())
def test_a_damaged_graph_is_told_or_doubled(data: Any) -> None:
    whole = to_bytes(data.draw(st.sampled_from([FLOAT, DECODER, DIFFICULT])))
    where = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:where] + bytes([data.draw(st.integers(0, 255))]) + whole[where + 1 :]
    with contextlib.suppress(GraphError):
        graph = parse(damaged)
        convert_to_float64(graph, find_input(graph), find_output(graph))
