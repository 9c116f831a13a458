"""TensorFlow's own resize, run in TensorFlow's worker process."""

from typing import Any, TypedDict

from harness.stacks import tensorflow_library
from harness.stacks.protocol import Arrays, function_path

METHODS = {
    "nearest": "nearest",
    "bilinear": "bilinear",
    "bicubic": "bicubic",
    "area": "area",
    "lanczos": "lanczos3",
}
"""Filter → `method` of tf.image.resize."""
PICTURE = "picture"
"""Name of the array that is sent and returned."""


class ResizeRequest(TypedDict):
    """What `resize` is called with, beside the picture `[H, W, C]`."""

    size: list[int]
    """[height, width] of the result."""
    filter: str
    """A key of METHODS."""
    antialias: bool
    """`antialias` of tf.image.resize."""
    legacy: bool
    """Whether the sampling points are those of TensorFlow 1: tf.compat.v1.image.resize."""


def resize(request: ResizeRequest, arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """The picture as `[height, width, C]` float32; `nearest` keeps its type."""
    tf = tensorflow_library.load()

    picture, size, method = arrays[PICTURE], request["size"], METHODS[request["filter"]]
    with tf.device("/CPU:0"):
        if request["legacy"]:
            v1 = tf.compat.v1.image
            found = v1.resize(picture, size, getattr(v1.ResizeMethod, _V1[method]))
        else:
            found = tf.image.resize(picture, size, method, antialias=request["antialias"])
    return {}, {PICTURE: found.numpy()}


_V1 = {"nearest": "NEAREST_NEIGHBOR", "bilinear": "BILINEAR", "bicubic": "BICUBIC"}
RESIZE = function_path(resize)
"""How `Worker.call` names it."""
