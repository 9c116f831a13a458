"""Keras's own networks with seeded random weights, frozen to GraphDefs.

Run in a process of its own: `python -m harness.testing.keras_networks FOLDER NAME…` writes
`FOLDER/NAME.pb` for each, from a placeholder `x` [1, S, S, 3] float32 to a softmax.

With random weights alone the scores are nearly uniform, so that every difference looks tiny
(docs/measured.md, "Random weights"). So batch norms take their statistics from a batch of images,
and the last layer is scaled until the logits have the standard deviation `SPREAD`.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NETWORKS = (
    *("MobileNetV2", "ResNet50", "InceptionV3", "EfficientNetB0", "DenseNet121", "NASNetMobile"),
    "Xception",
)
SIDE = 128
"""Height and width of the input of each, in pixels: a third of the arithmetic of their own 224."""
RAW = frozenset({"EfficientNetB0"})
"""Networks that take pixels of 0 to 255; the others take −1 to 1."""
BATCH = 4
"""Number of images that set the statistics."""
SPREAD = 2.0
"""Standard deviation of the logits over the batch."""


def preprocess(name: str) -> str:
    """The lines below `[preprocess]` in a case file for that network."""
    size = f"size = [{SIDE}, {SIDE}]\n"
    return size if name in RAW else f"{size}mean = [127.5]\nscale = [0.00784313725490196]\n"


def random_images(side: int, *, raw: bool) -> NDArray[np.float32]:
    """Random images `[BATCH, side, side, 3]` of −1 to 1, or 0 to 255 if `raw`.

    Blocks of every size, the larger the stronger, as in photos.
    """
    import tensorflow as tf

    rng, total = np.random.default_rng(1), np.zeros((BATCH, side, side, 3), np.float32)
    for cells in (2, 4, 8, 16, 32, 64, side):
        blocks = rng.normal(0, 0.8 / np.sqrt(cells), (BATCH, cells, cells, 3)).astype(np.float32)
        total += tf.image.resize(blocks, (side, side), method="bilinear").numpy()
    total = total.clip(-1, 1)
    return ((total + 1) * np.float32(127.5) if raw else total).astype(np.float32)


def settled(net: Any, images: NDArray[np.float32]) -> Any:
    """The Keras model, which gives logits, with its statistics and their spread from the images."""
    import keras

    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    net(images, training=True)
    head = next(layer for layer in reversed(net.layers) if layer.weights)
    kernel, bias = head.get_weights()
    factor = SPREAD / float(np.std(np.asarray(net(images, training=False))))
    head.set_weights([kernel * factor, bias])
    return net


def frozen(net: Any, side: int) -> bytes:
    """A Keras model that gives logits as a serialised GraphDef that ends in a softmax."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    spec = tf.TensorSpec([1, side, side, 3], tf.float32, name="x")

    def scores(x: Any) -> Any:
        return tf.nn.softmax(net(x, training=False), name="scores")

    concrete = tf.function(scores, input_signature=[spec]).get_concrete_function()
    found = convert_variables_to_constants_v2(concrete)
    data: bytes = found.graph.as_graph_def().SerializeToString(deterministic=True)
    return data


def freeze(name: str, folder: Path) -> None:
    """Write the network as `folder/name.pb`."""
    import keras

    keras.utils.set_random_seed(0)
    shape = (SIDE, SIDE, 3)
    make = getattr(keras.applications, name)
    net = make(weights=None, classifier_activation=None, input_shape=shape)
    images = random_images(SIDE, raw=name in RAW)
    (folder / f"{name}.pb").write_bytes(frozen(settled(net, images), SIDE))


if __name__ == "__main__":
    for wanted in sys.argv[2:]:
        freeze(wanted, Path(sys.argv[1]))
