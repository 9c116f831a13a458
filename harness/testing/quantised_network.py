"""The small net as an int8 TFLite file, right and with faults: `python -m … FOLDER`.

Reads `FOLDER/photo-*.png`, all of one size, as calibration images; writes `model.pb`,
`right.tflite`, a file for each fault planted in a layer's scales,
`wrong-<layer>-<fault>.tflite`, and `zero.tflite` with a wrong zero point. TensorFlow runs in this
process.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.cut import cut
from harness.graphdef.model_file import read_model
from harness.graphdef.serialise import to_bytes
from harness.inputs import pixels
from harness.proof.small_net import small_net
from harness.stacks import tensorflow_library

Array = NDArray[np.float64]
LAYERS = 5
"""Layers of the network with weights."""
OFF = 64
"""How far a zero point is off, in steps."""


def _swapped(scales: Array) -> Array:
    """The smallest and the largest channel's."""
    ends = [int(scales.argmin()), int(scales.argmax())]
    found = scales.copy()
    found[ends] = found[ends[::-1]]
    return found


FAULTS: Mapping[str, Callable[[Array], Array]] = {
    "swapped": _swapped,
    "doubled": lambda scales: 2 * scales,
    "shifted": lambda scales: np.roll(scales, 1),
    "first": lambda scales: np.full_like(scales, scales[0]),
}
"""Fault → the scales of a layer's weights, a channel each, from the right ones. `first`: those of
a whole tensor were written where each channel has its own."""


def main(folder: Path) -> None:
    """Write the files."""
    (folder / "model.pb").write_bytes(to_bytes(small_net()))
    photos = [pixels.decode(path.read_bytes(), 3) for path in sorted(folder.glob("photo-*.png"))]
    content = _quantised(folder / "model.pb", photos)
    (folder / "right.tflite").write_bytes(content)
    for layer in range(LAYERS):
        for name, fault in FAULTS.items():
            faulty = folder / f"wrong-{layer}-{name}.tflite"
            faulty.write_bytes(_with(content, layer, fault))
    (folder / "zero.tflite").write_bytes(_with_zero_point(content))


def _quantised(path: Path, photos: list[Any]) -> bytes:
    model, tf = read_model(path), tensorflow_library.load()
    graph = cut(model.graph, model.entry, model.output, photos[0].shape)
    definition = tf.compat.v1.GraphDef.FromString(to_bytes(graph))
    whole = tf.compat.v1.wrap_function(
        lambda: tf.compat.v1.import_graph_def(definition, name=""), []
    )
    names = (f"{model.entry.pixels}:0", model.output)
    feed, fetch = (whole.graph.as_graph_element(name) for name in names)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([whole.prune([feed], [fetch])])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([photo] for photo in photos)
    content: bytes = converter.convert()
    return content


def _with_zero_point(content: bytes) -> bytes:
    """The file with the zero point of what the first convolution reads a quarter of the range off.

    The values that no longer fit are clipped.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    model = _opened(content)
    graph = model.subgraphs[0]
    convolution = schema.BuiltinOperator.CONV_2D
    first = next(
        one
        for one in graph.operators
        if model.operatorCodes[one.opcodeIndex].builtinCode == convolution
    )
    read = graph.tensors[first.inputs[0]].quantization
    zero = int(read.zeroPoint[0])
    read.zeroPoint = [zero - OFF if zero > 0 else zero + OFF]
    return _written(model)


def _opened(content: bytes) -> Any:
    from tensorflow.lite.python import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(content), 0))


def _written(model: Any) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _with(content: bytes, layer: int, fault: Callable[[Array], Array]) -> bytes:
    """The file with a fault in the scales of one layer's weights."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = _opened(content)
    int8 = [one for one in model.subgraphs[0].tensors if one.type == schema.TensorType.INT8]
    known = [one.quantization for one in int8 if one.quantization is not None]
    by_channel = [one for one in known if one.scale is not None and len(one.scale) > 1]
    assert len(by_channel) == LAYERS, len(by_channel)
    chosen = by_channel[layer]
    chosen.scale = fault(np.array(chosen.scale)).tolist()
    return _written(model)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
