"""Run by test_step_nodes in a process of its own: the steps beside TensorFlow's and Keras' own.

Prints one JSON object: name → largest difference over many pictures, infinite where shapes differ.
"""

import json
import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from harness.cases.preprocess import Preprocess
from harness.cases.preprocess_steps import Step
from harness.cases.resampling import FILTERS, LEGACY_FILTERS, Resampling
from harness.execution.step_nodes import add_steps, reference_steps
from harness.graphdef.build import add_node
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef
from harness.inputs.preprocessing import RESIZERS, preprocessed
from harness.stacks import tensorflow_resize

TF = {"resizer": "tensorflow"}
TO = {"step": "resize", "size": (9, 14), **TF}
OURS: dict[str, list[dict[str, Any]]] = {
    **{f"resize {name}": [{**TO, "resample": name}] for name in FILTERS["tensorflow"]},
    **{f"legacy {name}": [{**TO, "resample": name, "legacy": True}] for name in LEGACY_FILTERS},
    **{
        f"antialias {name}": [{**TO, "resample": name, "antialias": True}]
        for name in ("bilinear", "bicubic", "lanczos")
    },
    "resize_shorter_side": [{"step": "resize_shorter_side", "side": 17, **TF}],
    "resize_with_pad": [{"step": "resize_with_pad", "size": (16, 23), "fill": 7, **TF}],
    "crop floor": [{"step": "crop_or_pad", "size": (16, 23), "fill": 7}],
    "crop ceil": [{"step": "crop_or_pad", "size": (16, 23), "offset": "ceil"}],
    "crop even": [{"step": "crop_or_pad", "size": (16, 23), "offset": "even"}],
    "crop_to_aspect": [{"step": "crop_to_aspect", "size": (16, 23)}],
    "central_crop": [{"step": "central_crop", "fraction": 0.875}],
    "center_square": [{"step": "center_square", "side": 16, "padding": 5}],
    "reverse_channels": [{"step": "reverse_channels"}],
    "arithmetic": [
        {"step": "divide", "value": [255.0]},
        {"step": "subtract", "value": [0.485, 0.456, 0.406]},
        {"step": "multiply", "value": [4.3]},
    ],
}
"""Steps that the graph and the arrays must do alike."""


def pictures(count: int = 40) -> Iterator[NDArray[np.uint8]]:
    """Random pictures of random sizes."""
    rng = np.random.default_rng(5)
    for _ in range(count):
        yield rng.integers(0, 256, (*rng.integers(6, 60, 2), 3), np.uint8)


def steps_of(steps: list[dict[str, Any]]) -> tuple[Step, ...]:
    found: tuple[Step, ...] = TypeAdapter(tuple[Step, ...]).validate_python(steps)
    return found


def resized(picture: NDArray[Any], size: tuple[int, int], how: Resampling) -> NDArray[Any]:
    request = tensorflow_resize.ResizeRequest(
        size=list(size), filter=how.filter, antialias=how.antialias, legacy=how.legacy
    )
    _, found = tensorflow_resize.resize(request, {"picture": picture})
    return found["picture"]


def ours(steps: list[dict[str, Any]], picture: NDArray[np.uint8]) -> NDArray[Any]:
    return preprocessed(picture, steps_of(steps), 1 << 20, {**RESIZERS, "tensorflow": resized})


def of_preset(name: str, picture: NDArray[np.uint8]) -> NDArray[Any]:
    steps = Preprocess.model_validate({"preset": name}).explicit((24, 24))
    return preprocessed(picture, steps, 1 << 20, {**RESIZERS, "tensorflow": resized})


@cache
def tensorflow() -> Any:
    import tensorflow as tf

    return tf


def in_graph(steps: list[dict[str, Any]]) -> Callable[[NDArray[np.uint8]], NDArray[Any]]:
    """The steps as nodes of one graph, for pictures of any size."""
    tf, graph = tensorflow(), GraphDef()
    add_node(graph, "batch", "Placeholder", [], dtype=("type", DT_FLOAT))
    for size in (1, -1, -1, 3):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    last = add_steps(graph, "batch", reference_steps(steps_of(steps)))
    definition = tf.compat.v1.GraphDef.FromString(to_bytes(graph))
    with tf.Graph().as_default() as made:
        tf.import_graph_def(definition, name="")
        session = tf.compat.v1.Session(graph=made)
    return lambda picture: session.run(f"{last}:0", {"batch:0": picture[np.newaxis]})[0]


def efficientnet(picture: NDArray[np.uint8]) -> Any:
    """`_decode_and_center_crop` of tensorflow/tpu, its formulas on a decoded picture."""
    tf = tensorflow()
    height, width = picture.shape[0], picture.shape[1]
    part = tf.cast(
        (24 / (24 + 32)) * tf.cast(tf.minimum(height, width), tf.float32), tf.int32
    ).numpy()
    top, left = ((height - part) + 1) // 2, ((width - part) + 1) // 2
    crop = picture[top : top + part, left : left + part]
    return (tf.compat.v1.image.resize_bicubic([crop], [24, 24])[0].numpy() - 127.0) / 128.0


def keras(mode: str) -> Callable[[NDArray[np.uint8]], NDArray[Any]]:
    """keras.utils.load_img's resize, by Pillow, and preprocess_input."""
    from keras.src.applications.imagenet_utils import preprocess_input
    from PIL import Image

    def found(picture: NDArray[np.uint8]) -> NDArray[Any]:
        image = Image.fromarray(picture).resize((24, 24), Image.Resampling.NEAREST)
        result: NDArray[Any] = preprocess_input(np.asarray(image, np.float32).copy(), mode=mode)
        return result

    return found


def central_crop(fraction: float, picture: NDArray[np.uint8]) -> Any:
    return tensorflow().image.central_crop(picture, fraction).numpy()


def smart(picture: NDArray[np.uint8]) -> Any:
    from keras.src.utils.image_utils import smart_resize

    return np.asarray(smart_resize(picture.astype(np.float32), (16, 23)))


Made = Callable[[NDArray[np.uint8]], Any]


def pairs() -> Iterator[tuple[str, Made, Made]]:
    """A name, what the harness makes of a picture, and what must be the same."""
    image = tensorflow().image
    for name, steps in OURS.items():
        yield f"graph: {name}", in_graph(steps), partial(ours, steps)
    size = (16, 23)
    yield (
        "tf.image.resize_with_pad",
        partial(ours, [{"step": "resize_with_pad", "size": size, **TF}]),
        lambda one: image.resize_with_pad(one, *size).numpy(),
    )
    yield (
        "tf.image.resize_with_crop_or_pad",
        partial(ours, [{"step": "crop_or_pad", "size": size}]),
        lambda one: image.resize_with_crop_or_pad(one, *size).numpy(),
    )
    for fraction in (0.875, 0.7, 0.31):
        yield (
            f"tf.image.central_crop {fraction}",
            partial(ours, [{"step": "central_crop", "fraction": fraction}]),
            partial(central_crop, fraction),
        )
    aspect = {"step": "crop_to_aspect", "size": size}
    resize = {"step": "resize", "size": size, **TF}
    yield "smart_resize", partial(ours, [aspect, resize]), smart
    yield "efficientnet-lite", partial(of_preset, "efficientnet-lite"), efficientnet
    for mode in ("tf", "caffe", "torch"):
        yield f"keras-{mode}", partial(of_preset, f"keras-{mode}"), keras(mode)


def distance(found: Any, expected: Any) -> float:
    a, b = np.asarray(found), np.asarray(expected)
    if a.shape != b.shape:
        return math.inf
    return float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max())


if __name__ == "__main__":
    print(
        json.dumps(
            {
                name: max(distance(found(one), expected(one)) for one in pictures())
                for name, found, expected in pairs()
            }
        )
    )
