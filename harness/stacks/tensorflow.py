"""TensorFlow running a GraphDef natively in a v1 Session: the usual reference."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.stacks import tensorflow_library
from harness.stacks.protocol import Feeds, GraphOptions, Program, Stack, StackDescription


def describe() -> StackDescription:
    """Version, GPUs and the switches that change rounding."""
    tf = tensorflow_library.load()

    return {
        "version": tf.__version__,
        "gpus": [device.name for device in tf.config.list_physical_devices("GPU")],
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "default"),
    }


class TensorFlowError(RuntimeError):
    """TensorFlow's error, without the traceback of the graph's construction."""


MAX_MESSAGE = 500
"""Characters of TensorFlow's own words in a message."""
# What stands before and behind the cause: "Graph execution error:", "Detected at node …" with the
# lines of Python that made the node, and their stack trace once more.
_HEAD = re.compile(r".*^Node: '[^'\n]*'$|\AGraph execution error:", re.DOTALL | re.MULTILINE)
_TAIL = re.compile(r"^Original stack trace for .*", re.DOTALL | re.MULTILINE)
_NODE = re.compile(r"\{\{(node [^}]+)\}\}")
_PLACE = re.compile(r"\[\[.*\]\]")


def short_message(error: Exception) -> str:
    """The lines of TensorFlow's message that say what is wrong, and the node that it names."""
    text = str(error)
    cause = _TAIL.sub("", _HEAD.sub("", text, count=1))
    lines = (line.strip() for line in cause.splitlines())
    words = " ".join(line for line in lines if line and not _PLACE.fullmatch(line))
    node = _NODE.search(text)
    named = f" ({node[1]})" if node and node[0] not in words else ""
    short = words if len(words) <= MAX_MESSAGE else f"{words[:MAX_MESSAGE]} …"
    return (short or type(error).__name__) + named


class GraphSession:
    """A GraphDef in a v1 Session; outputs are fetched in one run."""

    def __init__(self, options: GraphOptions) -> None:
        tf = tensorflow_library.load()

        v1 = tf.compat.v1
        graph_def = v1.GraphDef()
        graph_def.ParseFromString(Path(options["graph"]).read_bytes())
        graph = tf.Graph()
        with graph.as_default():
            try:
                tf.import_graph_def(graph_def, name="")
            except ValueError as error:
                raise TensorFlowError(short_message(error)) from error
        config = v1.ConfigProto(
            intra_op_parallelism_threads=options["intra_op"],
            inter_op_parallelism_threads=options["inter_op"],
        )
        config.gpu_options.allow_growth = True
        self._session = v1.Session(graph=graph, config=config)

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """Feed any tensors, encoded images as bytes; fetch the outputs."""
        tf = tensorflow_library.load()

        names = list(outputs)
        try:
            found = self._session.run(names, dict(feeds))
        except tf.errors.OpError as error:
            raise TensorFlowError(f"{type(error).__name__}: {short_message(error)}") from error
        return dict(zip(names, found, strict=True))


def open_session(options: GraphOptions) -> Program:
    """A Program for a GraphDef file."""
    return GraphSession(options)


TENSORFLOW = Stack(
    name="tensorflow",
    program="TensorFlow",
    distributions=(tensorflow_library.DISTRIBUTIONS,),
    remedy="Install it: pip install 'parity-harness[tensorflow]'",
    open=open_session,
    describe=describe,
    compiles=False,
    environment={"TF_CPP_MIN_LOG_LEVEL": "2", "TF_FORCE_GPU_ALLOW_GROWTH": "true"},
)

STACKS = (TENSORFLOW,)
