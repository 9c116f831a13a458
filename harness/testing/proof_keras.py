"""Small networks of Keras, with seeded weights and without a decoder, frozen to GraphDefs.

Each takes images of −1 to 1 (placeholder `x`) and ends in a softmax. The statistics of batch norms
and the spread of the logits come from random images (`harness.testing.keras_networks`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.testing.keras_networks import frozen, random_images, settled

CLASSES = 50


@dataclass(frozen=True)
class SmallKerasNetwork:
    """A network, and the height and width of its images."""

    make: Callable[[int], Any]
    """From the side to a Keras model that gives logits `[N, 50]`."""
    side: int
    """Height and width in pixels."""


def _mobilenet_v3(side: int) -> Any:
    """MobileNetV3Small of half width: hard swish, squeeze and excitation."""
    import keras

    options = {"include_preprocessing": False, "classifier_activation": None, "weights": None}
    return keras.applications.MobileNetV3Small(
        input_shape=(side, side, 3), alpha=0.5, classes=CLASSES, **options
    )


def _mobilenet_v2(side: int) -> Any:
    """MobileNetV2 of a third of the width: depthwise convolutions, batch norms, ReLU6."""
    import keras

    options = {"classifier_activation": None, "weights": None}
    return keras.applications.MobileNetV2(
        input_shape=(side, side, 3), alpha=0.35, classes=CLASSES, **options
    )


def _densenet(side: int) -> Any:
    """Four blocks of two layers, each of which is concatenated with what it read."""
    from keras.src.applications.densenet import DenseNet  # the public ones have 120 layers

    return DenseNet(
        [2, 2, 2, 2],
        input_shape=(side, side, 3),
        classes=CLASSES,
        classifier_activation=None,
        weights=None,
    )


def _convnext(side: int) -> Any:
    """A ConvNeXt of four narrow stages; its layers' scales are not the tiny ones of a beginning."""
    from keras.src.applications.convnext import ConvNeXt  # the public ones have 28 million weights

    return ConvNeXt(
        depths=[1, 1, 2, 1],
        projection_dims=[16, 32, 64, 128],
        layer_scale_init_value=0.5,
        include_preprocessing=False,
        input_shape=(side, side, 3),
        classes=CLASSES,
        classifier_activation=None,
        weights=None,
    )


def _gelu(x: Any) -> Any:
    """GELU by erf, as networks have it that are older than Keras's by erfc; Relay lacks erfc."""
    import keras

    return 0.5 * x * (1 + keras.ops.erf(x * 0.5**0.5))


def _attention(side: int) -> Any:
    """Patches, two blocks of layer norm, attention of three heads and GELU, a mean."""
    import keras
    from keras import layers

    width, patch = 48, 8
    image = keras.Input((side, side, 3))
    x = layers.Conv2D(width, patch, strides=patch)(image)
    x = layers.Reshape(((side // patch) ** 2, width))(x)
    for _ in range(2):
        normal = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(3, width // 3)(normal, normal)])
        normal = layers.LayerNormalization(epsilon=1e-6)(x)
        wide = layers.Dense(3 * width, activation=_gelu)(normal)
        x = layers.Add()([x, layers.Dense(width)(wide)])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(image, layers.Dense(CLASSES)(x))


KERAS_NETWORKS: Mapping[str, SmallKerasNetwork] = {
    "mobilenet-v3": SmallKerasNetwork(_mobilenet_v3, 96),
    "mobilenet-v2": SmallKerasNetwork(_mobilenet_v2, 96),
    "densenet": SmallKerasNetwork(_densenet, 96),
    "convnext": SmallKerasNetwork(_convnext, 96),
    "attention": SmallKerasNetwork(_attention, 64),
}
"""Network → how it is made."""


def frozen_network(name: str) -> bytes:
    """The network as a serialised GraphDef, from a placeholder `x` [1, S, S, 3] to a softmax."""
    import keras

    keras.utils.set_random_seed(0)
    side = KERAS_NETWORKS[name].side
    net = KERAS_NETWORKS[name].make(side)
    return frozen(settled(net, random_images(side, raw=False)), side)
