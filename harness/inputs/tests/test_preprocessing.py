"""The steps on small arrays, by hand and by the libraries' documented definitions."""

from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from harness.cases.preprocess import Preprocess
from harness.errors import ImageError, ImageTooLargeError, StackError
from harness.inputs import opencv_resize as opencv
from harness.inputs.preprocessing import preprocessed

PHOTO = np.random.default_rng(7).integers(0, 256, (30, 41, 3), np.uint8)
PIXEL = np.array([[[255, 128, 0]]], np.uint8)
MAX_PIXELS = 1 << 20


def after(*steps: dict[str, Any], pixels: NDArray[np.uint8] = PHOTO) -> NDArray[Any]:
    how = Preprocess.model_validate({"steps": steps})
    return preprocessed(pixels, how.explicit(None), MAX_PIXELS)


def preset(
    name: str, size: tuple[int, int], pixels: NDArray[np.uint8] = PHOTO, **keys: Any
) -> NDArray[Any]:
    how = Preprocess.model_validate({"preset": name, **keys})
    return preprocessed(pixels, how.explicit(size), MAX_PIXELS)


def grey(*rows: list[int]) -> NDArray[np.uint8]:
    return np.array(rows, np.uint8)[..., np.newaxis]


def test_crops_and_pads_in_one_step() -> None:
    found = after(
        {"step": "crop_or_pad", "size": (4, 2), "fill": 9}, pixels=grey([1, 2, 3, 4], [5, 6, 7, 8])
    )
    assert found[..., 0].tolist() == [[9, 9], [2, 3], [6, 7], [9, 9]]
    assert found.dtype == np.uint8


def test_each_operation_is_rounded_to_float32_once() -> None:
    found = after(
        {"step": "divide", "value": [255.0]},
        {"step": "subtract", "value": [0.485, 0.456, 0.406]},
        {"step": "multiply", "value": [3.0]},
        pixels=PIXEL,
    )
    means = [np.float32(one) for one in (0.485, 0.456, 0.406)]
    expected = [
        (np.float32(level) / np.float32(255) - mean) * np.float32(3)
        for level, mean in zip((255, 128, 0), means, strict=True)
    ]
    assert found.dtype == np.float32
    assert found.ravel().tolist() == [float(one) for one in expected]


def test_the_order_of_channels_and_numbers_is_that_of_the_steps() -> None:
    value = {"step": "subtract", "value": [1.0, 2.0, 3.0]}
    reverse = {"step": "reverse_channels"}
    assert after(reverse, value, pixels=PIXEL).ravel().tolist() == [-1, 126, 252]
    assert after(value, reverse, pixels=PIXEL).ravel().tolist() == [-3, 126, 254]


def test_keras_modes_by_hand() -> None:
    """imagenet_utils.preprocess_input, one pixel of R 255, G 128, B 0."""
    one = (1, 1)
    assert preset("keras-tf", one, PIXEL).ravel().tolist() == [
        1.0,
        float(np.float32(128) / np.float32(127.5) - np.float32(1)),
        -1.0,
    ]
    assert preset("keras-caffe", one, PIXEL).ravel() == pytest.approx([-103.939, 11.221, 131.32])
    assert preset("keras-torch", one, PIXEL).ravel() == pytest.approx(
        [(1 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (0 - 0.406) / 0.225]
    )


@pytest.mark.parametrize(
    ("shape", "size"),
    [((30, 41, 3), 14), ((41, 30, 3), 14), ((29, 40, 3), 15), ((10, 12, 3), 21), ((7, 90, 3), 8)],
)
def test_torchvision_is_pillow_s_bilinear_then_a_crop(shape: tuple[int, ...], size: int) -> None:
    """torchvision.transforms._presets.ImageClassification, written out with Pillow and NumPy."""
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    found = preset("torchvision", (size, size), pixels)
    shorter = round(size * 256 / 224)
    image = PIL.Image.fromarray(pixels)
    width, height, bilinear = *image.size, PIL.Image.Resampling.BILINEAR
    if width <= height:
        asked = shorter, int(shorter * height / width)
    else:
        asked = int(shorter * width / height), shorter
    resized = image.resize(asked, bilinear)
    top, left = (round((side - size) / 2.0) for side in resized.size[::-1])
    cropped = resized.crop((left, top, left + size, top + size))
    levels = np.asarray(cropped).astype(np.float32) / np.float32(255)
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    expected = (levels - mean) / np.array([0.229, 0.224, 0.225], np.float32)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize(("size", "resized"), [(224, 256), (299, 342), (192, 219)])
def test_torchvision_s_shorter_side_is_that_of_its_weights(size: int, resized: int) -> None:
    """resize_size and crop_size of ResNet50_Weights and Inception_V3_Weights."""
    (step, *_) = Preprocess(preset="torchvision").explicit((size, size))
    assert step.text == f"resize_shorter_side {resized} by pillow bilinear"


def test_the_nearest_of_tflite_support_takes_the_pixel_under_the_centre() -> None:
    """Bitmap.createScaledBitmap without a filter; the middle square of 4 columns first."""
    picture = np.stack([grey([0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11])[..., 0]] * 3, axis=2)
    found = preset("tflite-support", (1, 1), np.repeat(picture, 2, axis=0))
    assert found.ravel().tolist() == [float(np.float32(9 - 127.5) / np.float32(127.5))] * 3


def test_a_preset_s_resize_can_be_another_library_s() -> None:
    changed = preset("keras-tf", (8, 8), resample="bilinear")
    expected = preset("keras-tf", (8, 8))
    assert changed.shape == expected.shape
    assert not np.array_equal(changed, expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("name", opencv.INTERPOLATIONS)
def test_opencv_resizes_as_cv2_does(name: str, channels: int) -> None:
    cv2 = pytest.importorskip("cv2")
    pixels = np.random.default_rng(2).integers(0, 256, (9, 13, channels), np.uint8)
    step = {"step": "resize", "size": (5, 7), "resizer": "opencv", "resample": name}
    found = after(step, pixels=pixels)
    expected = cv2.resize(pixels, (7, 5), interpolation=getattr(cv2, opencv.INTERPOLATIONS[name]))
    assert found.shape == (5, 7, channels)
    assert found.tobytes() == expected.tobytes()


def test_opencv_s_bilinear_takes_two_pixels_and_skips_the_rest() -> None:
    pytest.importorskip("cv2")
    step = {"step": "resize", "size": (1, 1), "resizer": "opencv"}
    # The centre of 1×1 lies between the columns 20 and 30 of four: (20 + 30) / 2.
    assert after(step, pixels=grey([10, 20, 30, 240])).ravel().tolist() == [25]
    assert after(step | {"resizer": "pillow", "resample": "box"}, pixels=grey([10, 20, 30, 240]))[
        0, 0
    ].tolist() == [75]


def test_a_missing_opencv_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    step = {"step": "resize", "size": (5, 7), "resizer": "opencv"}
    with pytest.raises(StackError, match=r"OpenCV.*pip install 'parity-harness\[opencv\]'"):
        after(step)


def test_a_picture_of_that_size_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    found = after({"step": "resize", "size": (30, 41), "resizer": "opencv"})
    assert np.array_equal(found, PHOTO)


@pytest.mark.parametrize(
    ("step", "error", "words"),
    [
        ({"step": "resize_shorter_side", "side": 16384}, ImageTooLargeError, "16384×22391 pixels"),
        ({"step": "crop_or_pad", "size": (16384, 16384)}, ImageTooLargeError, "limits.max_pixels"),
        ({"step": "center_square", "side": 1, "padding": 99}, ImageError, "leaves nothing"),
        ({"step": "subtract", "value": [1, 2, 3]}, None, ""),
    ],
)
def test_bounds_of_a_step(step: dict[str, Any], error: type[Exception] | None, words: str) -> None:
    if error is None:
        assert after(step).shape == PHOTO.shape
        return
    with pytest.raises(error, match=words):
        after(step)


def test_channels_are_not_reversed_with_an_alpha_channel() -> None:
    with pytest.raises(ImageError, match="reverse_channels is for R, G, B"):
        after({"step": "reverse_channels"}, pixels=np.zeros((2, 2, 4), np.uint8))
