"""Graphs for the tests of the float64 conversion, run with their float64 forms in one process."""

import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import ImageInput, find_input
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, I

PROGRAM = """
import os, pickle, sys
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # off by default without AVX-512; NCHW needs it
import tensorflow as tf
answers = {}
for name, (data, feeds, outputs) in pickle.load(open(sys.argv[1], "rb")).items():
    try:
        definition = tf.compat.v1.GraphDef.FromString(data)
        with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
            tf.import_graph_def(definition, name="")
            answers[name] = session.run(list(outputs), feeds)
    except Exception as error:
        answers[name] = f"{type(error).__name__}: {error}"[:600]
pickle.dump(answers, open(sys.argv[1], "wb"))
"""


@dataclass(frozen=True)
class Ran:
    """What a graph and its float64 form gave."""

    kept: tuple[str, ...]
    original: np.ndarray
    in_float64: np.ndarray
    also: dict[str, Any]
    """Further tensors, by name: (the original's, the float64 form's)."""


@dataclass(frozen=True)
class Job:
    """A graph, its input, the output and what is fed; `also` is fetched too."""

    graph: object
    feeds: dict[str, Any]
    output: str = "out"
    entry: ImageInput | None = None
    also: tuple[str, ...] = ()


def run_all(folder: Path, jobs: Any, more: str = "") -> Any:
    """Name → Ran, or the error's text of whichever of the two graphs failed.

    `more` is a program run in the same process, given a path `extra.pickle` to write to.
    """
    made, asked = {}, {}
    for name, job in jobs.items():
        made[name] = convert_to_float64(job.graph, job.entry or find_input(job.graph), job.output)
        outputs = [port(job.output), *job.also]
        asked[name, "original"] = (to_bytes(job.graph), job.feeds, outputs)
        asked[name, "float64"] = (to_bytes(made[name].graph), job.feeds, outputs)
        assert made[name].output == outputs[0]
    answers = _answers(folder, asked, more)
    return {name: _ran(made[name].kept, answers, name, job) for name, job in jobs.items()}


def run_plain(folder: Path, jobs: Any) -> Any:
    """Name → outputs, or the error's text, for name → (graph, feeds, outputs)."""
    return _answers(folder, {n: (to_bytes(g), feeds, outs) for n, (g, feeds, outs) in jobs.items()})


def _answers(folder: Path, asked: Any, more: str = "") -> Any:
    path = folder / "asked.pickle"
    path.write_bytes(pickle.dumps(asked))
    command = [sys.executable, "-c", PROGRAM + more, str(path), str(folder / "extra.pickle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return pickle.loads(path.read_bytes())


def _ran(kept: Any, answers: Any, name: str, job: Any) -> Any:
    original, converted = answers[name, "original"], answers[name, "float64"]
    if isinstance(original, str) or isinstance(converted, str):
        return f"original: {original}\nfloat64: {converted}"
    pairs = zip(original[1:], converted[1:], strict=True)
    return Ran(kept, original[0], converted[0], dict(zip(job.also, pairs, strict=True)))


def port(name: str) -> Any:
    return name if ":" in name else f"{name}:0"


def one_op(op: str, image: Any, weights: Any = (), **attrs: Any) -> Any:
    """A Job of one operation, called `out`, on a fed tensor and constants."""
    graph = GraphDef()
    image = np.asarray(image, np.float32)
    add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in image.shape:
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    names = [add_const(graph, f"w{i}", np.asarray(w)) for i, w in enumerate(weights)]
    add_node(graph, "out", op, ["input", *names], **attrs)
    return Job(graph, {"input:0": image}, entry=fed(image))


def fed(image: Any) -> Any:
    """The input of a graph that starts at a placeholder of any rank called `input`."""
    return ImageInput("input", "input", "pixels", str(image.dtype), image.shape, 3)


def apart(found: Any, expected: Any) -> Any:
    """Largest difference over the largest magnitude."""
    assert found.shape == expected.shape, (found.shape, expected.shape)
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def crop_graph() -> Any:
    """Seven tenths of 10 rows: 7 in float32, where 10 · 0.7f rounds to 7.0, but 6 in float64."""
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in (1, 10, 10, 3):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    add_const(graph, "part", np.float32(0.7))
    add_const(graph, "scale", np.float32(0.7))
    add_node(graph, "Shape", "Shape", ["input"], T=F, out_type=I)
    for name, value in (("one", 1), ("zero", 0)):
        add_const(graph, name, np.int32(value))
    add_node(graph, "rows", "GatherV2", ["Shape", "one", "zero"], Tparams=I, Tindices=I, Taxis=I)
    add_node(graph, "float", "Cast", ["rows"], SrcT=I, DstT=F)
    add_node(graph, "product", "Mul", ["float", "part"], T=F)
    add_node(graph, "crop", "Cast", ["product"], SrcT=F, DstT=I)
    add_node(graph, "index", "Range", ["zero", "crop", "one"], Tidx=I)
    add_node(graph, "taken", "GatherV2", ["input", "index", "one"], Tparams=F, Tindices=I, Taxis=I)
    add_node(graph, "out", "Mul", ["taken", "product"], T=F)
    return graph


def flag_graph() -> Any:
    """A placeholder with a default, and a node that waits for another one."""
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in (1, 8, 8, 3):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    add_const(graph, "one", np.float32(0.1))
    add_node(graph, "keep", "PlaceholderWithDefault", ["one"], dtype=F)
    graph.node[-1].attr["shape"].shape.SetInParent()
    add_node(graph, "first", "Relu", ["input:0"], T=F)
    add_const(graph, "unused", np.float32(0.1))
    graph.node[-1].input.append("^first")
    add_node(graph, "out", "Mul", ["input", "keep", "^unused", "^input"], T=F)
    graph.node[-1].attr["_class"].list.s.append(b"loc:@elsewhere")
    add_const(graph, "elsewhere", np.float32(0))
    return graph


def difficult_graph() -> Any:
    """One node of each kind that is rewritten or kept; never run."""
    graph = GraphDef()
    last = add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in (1, 3, 8, 8):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    one = add_const(graph, "one", np.array([1, 1, 1], np.float32))
    last = add_node(graph, "lrn", "LRN", [last], T=F, depth_radius=2)
    options = {"T": F, "data_format": "NCHW", "epsilon": 0.5, "is_training": False}
    last = add_node(graph, "norm", "FusedBatchNorm", [last, one, one, one, one], **options)
    options = {"T": F, "data_format": "NCHW", "padding": "EXPLICIT"}
    options |= {"strides": [1, 1, 2, 2], "ksize": [1, 1, 2, 2], "explicit_paddings": [0] * 8}
    last = add_node(graph, "pool", "MaxPool", [last], **options)
    last = add_node(graph, "joined", "QuantizedConcat", [one, last, one, one], N=1, T=F)
    last = add_node(graph, "bits", "Bitcast", [last], T=F, type=F)
    add_node(graph, "softmax", "Softmax", [last], T=F)
    return graph
