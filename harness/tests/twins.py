"""Runs graphs and their float64 twins in one TensorFlow process, for the tests of the twin."""

import pickle
import subprocess
import sys
from dataclasses import dataclass

import numpy as np

from harness.float64_twin import float64_twin
from harness.graph import Input, find_input, to_bytes
from harness.graph_proto import GraphDef
from harness.graph_writer import add_const, add_node
from harness.tests.tiny import F

PROGRAM = """
import pickle, sys
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
    """What a graph and its twin answered."""

    kept: tuple
    original: np.ndarray
    twin: np.ndarray
    also: dict
    """Further tensors, by name: (the original's, the twin's)."""


@dataclass(frozen=True)
class Job:
    """A graph, its input, the output and what is fed; `also` is fetched too."""

    graph: object
    feeds: dict
    output: str = "out"
    entry: Input | None = None
    also: tuple = ()


def run_all(folder, jobs, more=""):
    """Name → Ran, or the error's text of whichever of the two graphs failed.

    `more` is a program run in the same process, given a path `extra.pickle` to write to.
    """
    made, asked = {}, {}
    for name, job in jobs.items():
        made[name] = float64_twin(job.graph, job.entry or find_input(job.graph), job.output)
        outputs = [port(job.output), *job.also]
        asked[name, "original"] = (to_bytes(job.graph), job.feeds, outputs)
        asked[name, "twin"] = (to_bytes(made[name].graph), job.feeds, outputs)
        assert made[name].output == outputs[0]
    path = folder / "asked.pickle"
    path.write_bytes(pickle.dumps(asked))
    command = [sys.executable, "-c", PROGRAM + more, str(path), str(folder / "extra.pickle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = pickle.loads(path.read_bytes())
    return {name: _ran(made[name].kept, answers, name, job) for name, job in jobs.items()}


def _ran(kept, answers, name, job):
    original, twin = answers[name, "original"], answers[name, "twin"]
    if isinstance(original, str) or isinstance(twin, str):
        return f"original: {original}\ntwin: {twin}"
    pairs = zip(original[1:], twin[1:], strict=True)
    return Ran(kept, original[0], twin[0], dict(zip(job.also, pairs, strict=True)))


def port(name):
    return name if ":" in name else f"{name}:0"


def one_op(op, image, weights=(), **attrs):
    """A Job of one operation, called `out`, on a fed tensor and constants."""
    graph = GraphDef()
    image = np.asarray(image, np.float32)
    add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in image.shape:
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    names = [add_const(graph, f"w{i}", np.asarray(w)) for i, w in enumerate(weights)]
    add_node(graph, "out", op, ["input", *names], **attrs)
    return Job(graph, {"input:0": image}, entry=fed(image))


def fed(image):
    """The input of a graph that starts at a placeholder of any rank called `input`."""
    return Input("input", "input", "pixels", str(image.dtype), image.shape, 3)


def apart(found, expected):
    """Largest difference over the largest magnitude."""
    assert found.shape == expected.shape, (found.shape, expected.shape)
    return float(np.abs(found - expected).max() / np.abs(expected).max())
