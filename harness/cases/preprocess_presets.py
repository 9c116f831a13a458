"""Named presets: what frameworks' own code does to a picture, as explicit steps.

docs/preprocessing.md says where each definition stands and what was compared with it.
"""

from collections.abc import Callable
from typing import Literal

from harness.cases.preprocess_steps import (
    Arithmetic,
    CenterSquare,
    CropOrPad,
    CropToAspect,
    ResizeShorterSide,
    ResizeTo,
    ReverseChannels,
    Size,
    Step,
)
from harness.cases.resampling import Filter

PresetName = Literal[
    "keras-tf",
    "keras-caffe",
    "keras-torch",
    "torchvision",
    "tflite-support",
    "efficientnet",
    "efficientnet-lite",
]
"""A preset."""
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of levels of 0 to 1, R, G, B; torchvision's ImageClassification, Keras' mode `torch`."""
CAFFE_MEAN = (103.939, 116.779, 123.68)
"""Of levels of 0 to 255, B, G, R; Keras' mode `caffe`."""
TORCHVISION_SIDES = (256, 224)
"""Shorter side and crop of torchvision's presets, whose other pairs have nearly the same ratio."""
LEVELS = 255
"""The highest level of a channel."""


def preset_steps(preset: PresetName, size: Size) -> tuple[Step, ...]:
    """The explicit steps of a preset for pictures of this size, [height, width] of the tensor.

    >>> print(" → ".join(step.text for step in preset_steps("keras-tf", (224, 224))))
    resize 224x224 by pillow nearest → divide 127.5 → subtract 1
    """
    return _PRESETS[preset](size)


def _keras_tf(size: Size) -> tuple[Step, ...]:
    """keras.utils.load_img with its default, then imagenet_utils.preprocess_input(mode="tf")."""
    return (_resized(size, "nearest"), _divided(127.5), _subtracted(1.0))


def _keras_caffe(size: Size) -> tuple[Step, ...]:
    """The same with mode="caffe": BGR, without a scale."""
    reverse = ReverseChannels(step="reverse_channels")
    return (_resized(size, "nearest"), reverse, _subtracted(*CAFFE_MEAN))


def _torch_steps(geometry: tuple[Step, ...]) -> tuple[Step, ...]:
    """ToTensor (x / 255), then Normalize: (x − mean) / std, in float32."""
    levels = (_divided(LEVELS), _subtracted(*IMAGENET_MEAN), _divided(*IMAGENET_STD))
    return (*geometry, *levels)


def _keras_torch(size: Size) -> tuple[Step, ...]:
    """The same with mode="torch"."""
    return _torch_steps((_resized(size, "nearest"),))


def _torchvision(size: Size) -> tuple[Step, ...]:
    """torchvision.transforms._presets.ImageClassification on a Pillow image.

    Resize(256) and CenterCrop(224); for another size the shorter side keeps the ratio 256 : 224,
    which gives 342 for the 299 of Inception v3, as its weights say.
    """
    shorter, crop = TORCHVISION_SIDES
    side = (min(size) * shorter + crop // 2) // crop
    resize = ResizeShorterSide(step="resize_shorter_side", side=side, resample="bilinear")
    return _torch_steps((resize, CropOrPad(step="crop_or_pad", size=size, offset="even")))


def _tflite_support(size: Size) -> tuple[Step, ...]:
    """The ImageProcessor of TensorFlow's Android example.

    ResizeWithCropOrPadOp to the shorter side, ResizeOp NEAREST_NEIGHBOR, NormalizeOp(127.5, 127.5).
    """
    crop = CropToAspect(step="crop_to_aspect", size=size)
    return (crop, _resized(size, "nearest"), _subtracted(127.5), _divided(127.5))


def _efficientnet_crop(size: Size) -> tuple[Step, ...]:
    """preprocess_for_eval of EfficientNet: _decode_and_center_crop, then resize_bicubic."""
    resize = ResizeTo(
        step="resize", size=size, resizer="tensorflow", resample="bicubic", legacy=True
    )
    return (CenterSquare(step="center_square", side=min(size)), resize)


def _efficientnet(size: Size) -> tuple[Step, ...]:
    """And normalize_features: (x − MEAN_RGB) / STDDEV_RGB of levels of 0 to 255."""
    mean, std = ([part * LEVELS for part in parts] for parts in (IMAGENET_MEAN, IMAGENET_STD))
    return (*_efficientnet_crop(size), _subtracted(*mean), _divided(*std))


def _efficientnet_lite(size: Size) -> tuple[Step, ...]:
    """The same with the MEAN_RGB 127 and STDDEV_RGB 128 of EfficientNet-Lite."""
    return (*_efficientnet_crop(size), _subtracted(127.0), _divided(128.0))


def _resized(size: Size, resample: Filter) -> Step:
    return ResizeTo(step="resize", size=size, resample=resample)


def _subtracted(*value: float) -> Step:
    return Arithmetic(step="subtract", value=value)


def _divided(*value: float) -> Step:
    return Arithmetic(step="divide", value=value)


_PRESETS: dict[PresetName, Callable[[Size], tuple[Step, ...]]] = {
    "keras-tf": _keras_tf,
    "keras-caffe": _keras_caffe,
    "keras-torch": _keras_torch,
    "torchvision": _torchvision,
    "tflite-support": _tflite_support,
    "efficientnet": _efficientnet,
    "efficientnet-lite": _efficientnet_lite,
}
