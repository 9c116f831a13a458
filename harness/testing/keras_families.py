"""A small network of each of Keras's families, with seeded random weights, frozen to a GraphDef.

Each has its family's operations in its family's order, with one block a stage and few channels, so
that compiling it takes seconds. Run in a process of its own: `python -m
harness.testing.keras_families FOLDER` writes `FOLDER/NAME.pb` for each of FAMILIES, from a
placeholder `x` [1, SIDE, SIDE, 3] float32 to a softmax of CLASSES.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from harness.testing.keras_networks import frozen, random_images, settled

Make = Callable[..., Any]
SIDE = 64
"""Height and width of the input, in pixels."""
CLASSES = 10
RAW = frozenset({"MobileNetV3", "EfficientNet", "EfficientNetV2", "ConvNeXt"})
"""Families whose networks take pixels of 0 to 255 and scale them; the others take −1 to 1."""
WIDTH = 0.25
"""Channels relative to the family's smallest network, where it has such a factor."""


def _keras(module: str) -> Any:
    """A module of Keras's applications; the functions with free widths and depths are no others."""
    return import_module(f"keras.src.applications.{module}")


def _plain(module: str, name: str, **options: Any) -> Make:
    return lambda **common: getattr(_keras(module), name)(**options, **common)


def _residual(stack: str, **common: Any) -> Any:
    """Two residual blocks at each of two sizes."""
    resnet = _keras("resnet")

    def blocks(x: Any) -> Any:
        for number, stride in enumerate((1, 2)):
            x = getattr(resnet, stack)(x, 8 << number, 2, stride1=stride, name=f"stack{number}")
        return x

    return resnet.ResNet(blocks, stack.endswith("v2"), use_bias=True, **common)


def _efficient_v2(**common: Any) -> Any:
    module = _keras("efficientnet_v2")
    blocks = module.DEFAULT_BLOCKS_ARGS["efficientnetv2-b0"]
    return module.EfficientNetV2(WIDTH, WIDTH, SIDE, blocks_args=blocks, **common)


FAMILIES: Mapping[str, Make] = {
    "MobileNet": _plain("mobilenet", "MobileNet", alpha=WIDTH),
    "MobileNetV2": _plain("mobilenet_v2", "MobileNetV2", alpha=WIDTH),
    "MobileNetV3": _plain("mobilenet_v3", "MobileNetV3Small", alpha=WIDTH),
    "DenseNet": _plain("densenet", "DenseNet", blocks=[1, 1, 1, 1]),
    "NASNet": _plain(
        "nasnet",
        "NASNet",
        penultimate_filters=96,
        num_blocks=1,
        stem_block_filters=8,
        skip_reduction=False,
    ),
    "EfficientNet": _plain(
        "efficientnet",
        "EfficientNet",
        width_coefficient=WIDTH,
        depth_coefficient=WIDTH,
        default_size=SIDE,
    ),
    "EfficientNetV2": _efficient_v2,
    "ResNet": partial(_residual, "stack_residual_blocks_v1"),
    "ResNetV2": partial(_residual, "stack_residual_blocks_v2"),
    "ConvNeXt": _plain(
        "convnext",
        "ConvNeXt",
        depths=[1, 1, 1, 1],
        projection_dims=[8, 16, 24, 32],
        layer_scale_init_value=1.0,  # at Keras's 1e-6 its blocks would not be seen
    ),
}
"""Family → what makes a small network of it, given the options that all have in common."""


def _network(family: str) -> Any:
    import keras

    keras.utils.set_random_seed(0)
    net = FAMILIES[family](
        weights=None,
        classes=CLASSES,
        classifier_activation=None,
        input_shape=(SIDE, SIDE, 3),
    )
    return settled(net, random_images(SIDE, raw=family in RAW))


if __name__ == "__main__":
    for wanted in FAMILIES:
        (Path(sys.argv[1]) / f"{wanted}.pb").write_bytes(frozen(_network(wanted), SIDE))
