"""A SavedModel or a Keras file → the frozen GraphDef that is compared. Runs in a worker process.

Such a file is a program rather than data: Keras loads it in its safe mode, which runs no Python of
the file's own, and limits of time and memory hold as for every program under test.
"""

from pathlib import Path
from typing import Any

from harness.stacks.protocol import Arrays

SAVED_MODEL = "saved_model.pb"
"""Name of the file that makes a folder a SavedModel."""
KERAS = (".keras", ".h5")
"""Suffixes of Keras's files."""
SIGNATURE = "serving_default"
"""Signature of a SavedModel that is frozen where it has several."""
FROZEN = "frozen.pb"
"""Name of the GraphDef that is written."""


def freeze(payload: dict[str, str], _: Arrays) -> tuple[dict[str, str], Arrays]:
    """Write `folder`/frozen.pb of the model at `path`: its variables become constants.

    Raises ValueError where the model has no signature, or several inputs.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    path = Path(payload["path"])
    keras = path.suffix.lower() in KERAS
    called, _kept = _of_keras(path, tf) if keras else _of_saved_model(path.parent, tf)
    # `_kept` holds the variables, which the function only refers to.
    graph = convert_variables_to_constants_v2(called).graph.as_graph_def()
    data = graph.SerializeToString(deterministic=True)
    (Path(payload["folder"]) / FROZEN).write_bytes(data)
    return {"version": tf.__version__}, {}


def _of_keras(path: Path, tf: Any) -> tuple[Any, object]:
    model = tf.keras.models.load_model(path, compile=False, safe_mode=True)
    if len(model.inputs) != 1:
        raise ValueError(f"the model has {len(model.inputs)} inputs; expected the image alone")
    (tensor,) = model.inputs
    spec = tf.TensorSpec(tensor.shape, tensor.dtype, name="input")
    call = tf.function(lambda image: model(image, training=False), input_signature=[spec])
    return call.get_concrete_function(), model


def _of_saved_model(folder: Path, tf: Any) -> tuple[Any, object]:
    loaded = tf.saved_model.load(str(folder))
    found = dict(loaded.signatures)
    if SIGNATURE in found:
        return found[SIGNATURE], loaded
    if len(found) != 1:
        names = ", ".join(found) or "none"
        raise ValueError(f"expected a signature {SIGNATURE}, or a single one; found {names}")
    return next(iter(found.values())), loaded
