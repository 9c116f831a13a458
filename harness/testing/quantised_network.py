"""The small net as an int8 TFLite file, right and wrong: `python -m … FOLDER`.

Reads `FOLDER/photo-*.png`, all of one size, as calibration images; writes `model.pb`,
`right.tflite`, and `wrong.tflite`, in which two channels of one layer have each other's scale.
TensorFlow runs in this process.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from harness.graphdef.cut import cut
from harness.graphdef.model_file import read_model
from harness.graphdef.serialise import to_bytes
from harness.inputs import pixels
from harness.proof.small_net import small_net
from harness.stacks import tensorflow_library


def main(folder: Path) -> None:
    """Write the files."""
    (folder / "model.pb").write_bytes(to_bytes(small_net()))
    photos = [pixels.decode(path.read_bytes(), 3) for path in sorted(folder.glob("photo-*.png"))]
    content = _quantised(folder / "model.pb", photos)
    (folder / "right.tflite").write_bytes(content)
    (folder / "wrong.tflite").write_bytes(_with_swapped_scales(content))


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


def _with_swapped_scales(content: bytes) -> bytes:
    """Of the weights whose channels differ most, the smallest and the largest scale exchanged."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(content), 0))
    int8 = [one for one in model.subgraphs[0].tensors if one.type == schema.TensorType.INT8]
    known = [one.quantization for one in int8 if one.quantization is not None]
    by_channel = [one for one in known if one.scale is not None and len(one.scale) > 1]
    chosen = max(by_channel, key=lambda one: max(one.scale) / min(one.scale))
    scales = np.array(chosen.scale)
    ends = [int(scales.argmin()), int(scales.argmax())]
    scales[ends] = scales[ends[::-1]]
    chosen.scale = scales.tolist()
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
