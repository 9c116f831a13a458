"""Two decoders' pixels beside each other."""

import base64
import io

import numpy as np
import PIL.Image
import pytest

from harness.inputs.decoded_pictures import GAP, decoded_pictures


def image_of(uri: str) -> np.ndarray:
    content = base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    return np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def test_a_difference_of_one_level_is_drawn_as_white() -> None:
    candidate = np.full((20, 30, 3), 100, np.uint8)
    reference = candidate.copy()
    reference[:10] += 1
    found = decoded_pictures(candidate, reference)
    assert found
    assert (found.values, found.differing, found.largest, found.factor) == (1800, 900, 1, 255)
    image = image_of(found.uri)
    assert image.shape == (20, 3 * 30 + 2 * GAP, 3)
    difference = image[:, 2 * (30 + GAP) :]
    assert difference[:8].min() > 240
    assert difference[12:].max() < 15
    assert abs(image[:, :30] - 100).max() < 5


def test_a_candidate_that_is_brighter_differs_as_much_as_one_that_is_darker() -> None:
    low, high = np.full((4, 4, 3), 10, np.uint8), np.full((4, 4, 3), 250, np.uint8)
    for pair in ((low, high), (high, low)):
        found = decoded_pictures(*pair)
        assert found
        assert (found.largest, found.factor) == (240, 1)


def test_equal_pixels_have_no_difference() -> None:
    same = np.full((4, 4, 3), 10, np.uint8)
    found = decoded_pictures(same, same.copy())
    assert found
    assert (found.differing, found.largest) == (0, 0)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_large_picture_is_made_small(channels: int) -> None:
    large = np.zeros((1000, 2000, channels), np.uint8)
    found = decoded_pictures(large, large)
    assert found
    assert image_of(found.uri).shape[:2] == (96, 3 * 192 + 2 * GAP)


def test_pixels_of_other_shapes_are_not_subtracted() -> None:
    assert decoded_pictures(np.zeros((4, 6, 3), np.uint8), np.zeros((6, 4, 3), np.uint8)) is None
