"""From decoded pixels to the tensor that a graph takes, and to a thumbnail."""

import base64
import io
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from harness.cases.preprocess import Preprocess
from harness.cases.resampling import FILTERS
from harness.errors import ImageError
from harness.graphdef.endpoints import ImageInput
from harness.inputs.pixels import THUMBNAIL_PX, decode, resize, thumbnail, to_tensor
from harness.inputs.preprocessing import preprocessed
from harness.inputs.tests.encoded_images import RAMP, encoded


def entry(
    shape: tuple[int | None, ...] = (None, 8, 6, 3), dtype: str = "float32", channels: int = 3
) -> ImageInput:
    return ImageInput("input", "input", "pixels", dtype, shape, channels)


@pytest.mark.parametrize("name", FILTERS["pillow"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_filter_of_a_case_file_is_pillow_s_of_that_name(name: str, channels: int) -> None:
    pixels = decode(encoded(), channels)
    found = resize(pixels, (5, 9), name)
    flat = PIL.Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    expected = flat.resize((9, 5), getattr(PIL.Image.Resampling, name.upper()))
    assert found.shape == (5, 9, channels)
    assert found.tobytes() == expected.tobytes()


def test_the_same_size_changes_nothing() -> None:
    assert np.array_equal(resize(RAMP, (8, 6), "lanczos"), RAMP)


def prepared(pixels: NDArray[np.uint8], how: Preprocess, graph_input: ImageInput) -> NDArray[Any]:
    steps = how.explicit(None, floats=graph_input.dtype != "uint8")
    return to_tensor(preprocessed(pixels, steps, 1000), graph_input)


def test_bytes_stay_bytes_whatever_mean_and_scale_say() -> None:
    how = Preprocess(mean=(127.0,), scale=(0.5,))
    found = prepared(RAMP, how, entry((8, 6, 3), "uint8"))
    assert np.array_equal(found, RAMP)
    assert found.dtype == np.uint8


def test_bytes_of_fractions_are_cut_and_kept_within_their_range() -> None:
    levels = np.array([-7.5, 0.999, 254.999, 300.0], np.float32).reshape(1, 4, 1)
    found = to_tensor(levels, entry((1, 4, 1), "uint8", 1))
    assert found.ravel().tolist() == [0, 0, 254, 255]


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_floats_are_pixels_less_mean_times_scale(dtype: str) -> None:
    how = Preprocess(mean=(123.0, 117.0, 104.0), scale=(0.017,))
    found = prepared(RAMP, how, entry(dtype=dtype))
    means = np.array([123, 117, 104], np.float32)
    expected = ((RAMP.astype(np.float32) - means) * np.float32(0.017)).astype(dtype)
    assert found.shape == (1, 8, 6, 3)
    assert found.dtype == dtype
    assert found[0].tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("shape", "made"),
    [
        ((None, 8, 6, 3), (1, 8, 6, 3)),
        ((1, 8, 6, 3), (1, 8, 6, 3)),
        ((8, 6, 3), (8, 6, 3)),
        ((None, 3, 8, 6), (1, 3, 8, 6)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_tensor_has_the_rank_and_order_that_the_graph_declares(
    shape: tuple[int | None, ...], made: tuple[int, ...], dtype: str
) -> None:
    found = to_tensor(RAMP, entry(shape, dtype))
    assert found.shape == made
    assert found.flags.c_contiguous
    pixels = found.reshape(made[-3:])
    pixels = pixels.transpose(1, 2, 0) if made[1] == 3 else pixels
    assert np.array_equal(pixels, RAMP)


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("key", ["mean", "scale"])
def test_three_numbers_for_other_than_three_channels_are_refused(channels: int, key: str) -> None:
    pixels = decode(encoded(), channels)
    how = Preprocess(**{key: (1.0, 2.0, 3.0)})
    with pytest.raises(ImageError, match=rf"\({key}\) has 3 numbers, .* {channels} channels"):
        prepared(pixels, how, entry(channels=channels))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("shape", [(8, 6), (1, 1000), (1000, 500)])
def test_a_thumbnail_is_a_small_jpeg(channels: int, shape: tuple[int, int]) -> None:
    uri = thumbnail(np.zeros((*shape, channels), np.uint8))
    kind, _, data = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    image = PIL.Image.open(io.BytesIO(base64.b64decode(data)))
    assert min(image.size) >= 1
    assert max(image.size) <= THUMBNAIL_PX
