"""The conversion steps, GraphDef → ONNX and GraphDef → TFLite, which several stacks share.

TVM's own importers read what they write, and so do ONNX Runtime and LiteRT. They run with
TensorFlow in the process; an error names the operations that can't be converted, and their nodes.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from harness.graphdef.access import tensor_of
from harness.graphdef.modernise import modern
from harness.graphdef.parse import parse
from harness.graphdef.precisions import INT8, SINGLE
from harness.graphdef.serialise import to_bytes
from harness.results.status import Status
from harness.stacks import tensorflow_library
from harness.stacks.protocol import Arrays, BuildStep, StepFunction, StepPayload, StepReply

ONNX_MODEL, TFLITE_MODEL = "model.onnx", "model.tflite"
CALIBRATION = "calibration.npy"
"""Name of a file of tensors for a conversion to int8."""
OPSET = 18
"""The newest that tf2onnx 1.17 writes; TVM 0.27 reads it."""
TO_ONNX = (tensorflow_library.DISTRIBUTIONS, ("tf2onnx",), ("onnx",))
"""Distributions that decide what `to_onnx` writes."""
TO_TFLITE = (tensorflow_library.DISTRIBUTIONS,)
"""Distributions that decide what `to_tflite` writes."""
_SHOWN = 3
"""Nodes of an operation, or lines of a message, that an error names."""


class ConvertError(RuntimeError):
    """A converter failed, or left an operation unconverted."""


def to_onnx(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """GraphDef file → `model.onnx` by tf2onnx; payload: source, folder, input, output."""
    tensorflow_library.load()
    import tf2onnx

    model, _external = tf2onnx.convert.from_graph_def(
        _graph_def(payload["source"]),
        input_names=[tensor_of(payload["input"])],
        output_names=[payload["output"]],
        opset=OPSET,
    )
    _check_converted(model)
    (Path(payload["folder"]) / ONNX_MODEL).write_bytes(model.SerializeToString())
    return {}, {}


def _graph_def(source: str) -> Any:
    """The file as a tf.GraphDef, with outdated operations replaced by current ones."""
    tf = tensorflow_library.load()

    graph = modern(parse(Path(source).read_bytes()))
    return tf.compat.v1.GraphDef.FromString(to_bytes(graph))


def _check_converted(model: Any) -> None:
    """ConvertError where nodes are left unconverted: tf2onnx only logs those."""
    from onnx import defs

    known = {(schema.domain, schema.name) for schema in defs.get_all_schemas()}
    unconverted = defaultdict(list)
    for node in model.graph.node:
        if (node.domain, node.op_type) not in known:
            unconverted[node.op_type].append(node.name)
    if unconverted:
        raise ConvertError(f"tf2onnx has no ONNX form for {_ops_text(unconverted)}")


def _ops_text(nodes: dict[str, list[str]]) -> str:
    """Operations with the nodes that have them.

    >>> _ops_text({"LRN": ["a", "b"]})
    "LRN (2 nodes: 'a', 'b')"
    """
    return "; ".join(
        f"{op} ({len(names)} node{'s' * (len(names) > 1)}: "
        f"{', '.join(repr(n) for n in names[:_SHOWN])}{' …' * (len(names) > _SHOWN)})"
        for op, names in sorted(nodes.items())
    )


def to_tflite(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """GraphDef file → `model.tflite` by TensorFlow's converter; payload as for `to_onnx`."""
    tf = tensorflow_library.load()

    graph_def = _graph_def(payload["source"])
    wrapped = tf.compat.v1.wrap_function(
        lambda: tf.compat.v1.import_graph_def(graph_def, name=""), []
    )
    names = [tensor_of(payload["input"]), payload["output"]]
    feed, fetch = (wrapped.graph.as_graph_element(name) for name in names)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([wrapped.prune([feed], [fetch])])
    remarks = _require(converter, payload, tf)
    try:
        content = converter.convert()
    except Exception as error:
        raise ConvertError(_tflite_reason(str(error))) from error
    (Path(payload["folder"]) / TFLITE_MODEL).write_bytes(content)
    return {"remarks": remarks}, {}


def _require(converter: Any, payload: StepPayload, tf: Any) -> list[str]:
    """Set a converter to the candidate's format; what there is to say of it.

    Raises ConvertError where calibration images are missing.
    """
    precision, remarks = payload.get("precision", SINGLE), []
    if precision != SINGLE:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if precision == INT8:
        if "calibration" not in payload:
            raise ConvertError(
                "a conversion to int8 needs calibration images: name some with the candidate's key "
                "calibration in a case file, or name a file that is int8 already as its model"
            )
        tensors = np.load(payload["calibration"], allow_pickle=False)
        converter.representative_dataset = lambda: ([one] for one in tensors)
        remarks.append(f"converted to int8 with {len(tensors)} calibration images")
    return remarks


def _tflite_reason(text: str) -> str:
    """The operations that TFLite lacks, from a converter's message that is pages long.

    >>> _tflite_reason("error: 'tf.Betainc' op is neither a custom op nor a flex op")
    'TFLite has no form for Betainc (1 node)'
    """
    lacking = re.findall(r"'tf\.(\w+)' op is neither", text)
    if not lacking:
        return "\n".join([line for line in text.splitlines() if line.strip()][:_SHOWN])[:1000]
    counts = {op: lacking.count(op) for op in sorted(set(lacking))}
    listed = (f"{op} ({n} node{'s' * (n > 1)})" for op, n in counts.items())
    return f"TFLite has no form for {', '.join(listed)}"


def _convert(
    function: StepFunction, distributions: tuple[tuple[str, ...], ...], *more: str
) -> BuildStep:
    return BuildStep(
        "convert",
        function,
        Status.CONVERT_FAILED,
        options=("input", "output", *more),
        shared=distributions,
    )


CONVERT_TO_ONNX = _convert(to_onnx, TO_ONNX)
CONVERT_TO_TFLITE = _convert(to_tflite, TO_TFLITE)
"""To float32, which TVM's importer reads."""
CONVERT_TO_NARROW_TFLITE = _convert(to_tflite, TO_TFLITE, "precision", "calibration")
"""To the candidate's own format. To float32 it is the same file, made once."""
