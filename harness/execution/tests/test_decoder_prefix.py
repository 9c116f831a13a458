"""Graphs that start at a tensor, given nodes that decode and resize a file to that tensor."""

import io
import json
import subprocess
import sys
from typing import Any

import numpy as np
import PIL.Image
import pytest

from harness.cases.preprocess import Preprocess
from harness.errors import GraphError
from harness.execution.decoder_prefix import CONTENTS, with_decoder
from harness.graphdef.access import nodes_by_name
from harness.graphdef.build import add_node
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_UINT8
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, float_graph

NORM = Preprocess(mean=(123.0, 117.0, 104.0), scale=(0.0078125,))
SIZED = Preprocess(size=(7, 9), mean=(1.0,), scale=(2.0, 3.0, 4.0))
CASES = {
    "batch": (float_graph(), NORM),
    "fixed batch": (float_graph(shape=(1, 8, 8, 3)), NORM),
    "bytes": (float_graph(dtype=DT_UINT8), Preprocess()),
    "rank 3": (float_graph(shape=(8, 6, 3)), NORM),
    "rank 3 of bytes": (float_graph(shape=(8, 6, 3), dtype=DT_UINT8), Preprocess()),
    "any size": (float_graph(shape=(None, None, None, 3)), SIZED),
    "another size": (float_graph(shape=(None, None, None, 3)), Preprocess(size=(12, 10))),
}


def channels_first_graph() -> Any:
    """NCHW: a Transpose and no convolution, which TensorFlow has only in NHWC on a CPU."""
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in (-1, 3, 8, 6):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    add_node(graph, "softmax", "Relu", ["input"], T=F)
    return graph


CASES["channels first"] = (channels_first_graph(), NORM)


def test_the_graph_takes_bytes_and_keeps_its_names() -> None:
    graph = float_graph()
    made, entry = with_decoder(graph, find_input(graph), NORM)
    assert (entry.feed, entry.pixels, entry.kind) == (CONTENTS, "input", "encoded")
    assert {n.name for n in graph.node} < {n.name for n in made.node}
    assert nodes_by_name(made)["input"].op == "Identity"
    assert find_output(made) == "softmax:0"


@pytest.mark.parametrize("name", CASES)
def test_the_graph_itself_is_not_changed_and_the_result_is_a_graph(name: str) -> None:
    graph, how = CASES[name]
    before = to_bytes(graph)
    made, entry = with_decoder(graph, find_input(graph), how)
    assert to_bytes(graph) == before
    assert len(parse(to_bytes(made)).node) > len(graph.node)
    assert entry.feed == CONTENTS


def test_a_graph_of_any_size_needs_a_size() -> None:
    graph = float_graph(shape=(None, None, None, 3))
    with pytest.raises(GraphError, match=r"takes any size .*--size HEIGHTxWIDTH"):
        with_decoder(graph, find_input(graph), Preprocess())


def test_three_means_for_one_channel_are_refused() -> None:
    graph = float_graph(shape=(None, 8, 8, 1))
    with pytest.raises(GraphError, match=r"\(mean\) has 3 numbers, but the graph takes 1 channels"):
        with_decoder(graph, find_input(graph), NORM)


PROGRAM = """
import json, pathlib, sys
import numpy as np
import tensorflow as tf
folder = pathlib.Path(sys.argv[1])
data = (folder / "a.png").read_bytes()
answers = {}
cases = json.loads((folder / "cases.json").read_text())
for name, (size, mean, scale, dtype, order) in cases.items():
    definition = tf.compat.v1.GraphDef.FromString((folder / f"{name}.pb").read_bytes())
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        tf.import_graph_def(definition, name="")
        tensor, scores = session.run(["input:0", "softmax:0"], {sys.argv[2] + ":0": data})
        fed = session.run("softmax:0", {"input:0": tensor})
    pixels = tf.image.resize(tf.io.decode_image(data, channels=3), size)
    if dtype == "uint8":
        expected = tf.cast(pixels, tf.uint8).numpy()
    else:
        expected = (pixels.numpy() - np.float32(mean)) * np.float32(scale)
    expected = expected.transpose(2, 0, 1) if order else expected
    answers[name] = {
        "shape": list(tensor.shape), "dtype": str(tensor.dtype),
        "apart": float(np.abs(tensor.astype(float).reshape(expected.shape) - expected).max()),
        "fed": bool((fed == scores).all()), "spread": float(np.ptp(scores)),
    }
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What TensorFlow makes of every graph of CASES, from one process."""
    folder = tmp_path_factory.mktemp("prefix")
    image = np.random.default_rng(0).integers(0, 256, (11, 13, 3), np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "PNG")
    (folder / "a.png").write_bytes(buffer.getvalue())
    asked = {}
    for name, (graph, how) in CASES.items():
        entry = find_input(graph)
        (folder / f"{name}.pb").write_bytes(to_bytes(with_decoder(graph, entry, how)[0]))
        size = how.size or entry.size
        asked[name] = (size, how.mean, how.scale, entry.dtype, entry.channels_first)
    (folder / "cases.json").write_text(json.dumps(asked))
    command = [sys.executable, "-c", PROGRAM, str(folder), CONTENTS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", CASES)
def test_tensorflow_s_own_functions_give_the_same_tensor(
    tensorflow_here: None, answers: Any, name: str
) -> None:
    graph, how = CASES[name]
    entry, found = find_input(graph), answers[name]
    known_size = how.size or entry.size
    assert known_size
    size = list(known_size)
    shape = [3, *size] if entry.channels_first else [*size, 3]
    assert found["shape"] == (shape if len(entry.shape) == 3 else [1, *shape])
    assert found["dtype"] == entry.dtype
    assert found["apart"] <= 1e-6
    assert found["fed"], "feeding the tensor by the placeholder's name gives the same scores"
    assert found["spread"] > 0
