"""Where pixels are taken from: sizes and windows, held against numbers worked out by hand."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from harness.cases.preprocess_steps import Step
from harness.inputs.step_geometry import PlainNumbers, Scaled, Window, moves

CROP = {"step": "crop_or_pad", "size": (2, 3)}
WITH_PAD = {"step": "resize_with_pad", "size": (224, 224)}
SQUARE = {"step": "center_square", "side": 224}


def found(step: dict[str, Any], height: int, width: int) -> list[Scaled | Window]:
    made: Step = TypeAdapter(Step).validate_python(step)
    return moves(made, height, width, PlainNumbers())


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (300, 400, Scaled(256, 341)),  # int(256 * 400 / 300) = int(341.33)
        (400, 300, Scaled(341, 256)),
        (500, 375, Scaled(341, 256)),
        (100, 100, Scaled(256, 256)),
        (1, 1000, Scaled(256, 256000)),
    ],
)
def test_the_shorter_side_gets_its_length_and_the_longer_is_rounded_down(
    height: int, width: int, expected: Scaled
) -> None:
    assert found({"step": "resize_shorter_side", "side": 256}, height, width) == [expected]


@pytest.mark.parametrize(
    ("offset", "tops"),
    [
        # Rows to crop: 0, 1, 2, 3, 4, 5 of pictures of 2 to 7 rows.
        ("floor", [0, 0, 1, 1, 2, 2]),
        ("ceil", [0, 1, 1, 2, 2, 3]),
        ("even", [0, 0, 1, 2, 2, 2]),  # round(0.5), round(1), round(1.5), round(2), round(2.5)
    ],
)
def test_half_an_odd_number_of_rows_is_rounded_as_the_offset_says(
    offset: str, tops: list[int]
) -> None:
    windows = [found({**CROP, "offset": offset}, rows, 3)[0] for rows in range(2, 8)]
    assert windows == [Window(top, 0, 2, 3) for top in tops]
    if offset == "even":
        assert tops == [round((rows - 2) / 2.0) for rows in range(2, 8)]


@pytest.mark.parametrize("offset", ["floor", "ceil", "even"])
def test_what_is_padded_is_rounded_down_above_and_to_the_left(offset: str) -> None:
    step = {"step": "crop_or_pad", "size": (6, 4), "offset": offset, "fill": 7}
    assert found(step, 3, 1) == [Window(-1, -1, 6, 4, 7)]
    assert found(step, 5, 6) == [Window(0, 1, 6, 4, 7)]


@pytest.mark.parametrize(
    ("size", "height", "width", "expected"),
    [
        ((224, 224), 300, 401, Window(0, 50, 300, 300)),
        ((224, 224), 401, 300, Window(50, 0, 300, 300)),
        ((100, 200), 300, 400, Window(50, 0, 200, 400)),
        ((1, 300), 200, 200, Window(99, 0, 1, 200)),  # 200 · 1 // 300 rows would be none
    ],
)
def test_the_largest_window_of_an_aspect_ratio(
    size: tuple[int, int], height: int, width: int, expected: Window
) -> None:
    assert found({"step": "crop_to_aspect", "size": size}, height, width) == [expected]


@pytest.mark.parametrize(
    ("fraction", "side", "start"), [(0.875, 299, 18), (0.875, 8, 0), (0.5, 9, 2), (1.0, 7, 0)]
)
def test_a_central_crop_leaves_out_as_much_on_both_sides(
    fraction: float, side: int, start: int
) -> None:
    kept = side - 2 * start
    step = {"step": "central_crop", "fraction": fraction}
    assert found(step, side, side) == [Window(start, start, kept, kept)]


def test_the_square_of_efficientnet_is_seven_eighths_of_the_shorter_side() -> None:
    assert found(SQUARE, 256, 256) == [Window(16, 16, 224, 224)]
    # int(0.875 · 301) = 263; (301 − 263 + 1) // 2 = 19, (400 − 263 + 1) // 2 = 69
    assert found(SQUARE, 301, 400) == [Window(19, 69, 263, 263)]


def test_the_product_of_the_square_is_one_of_float32() -> None:
    """240 / 272 is 0.88235295 in float32, whose product with 272 rounds to 240 and not below."""
    assert found({"step": "center_square", "side": 240}, 272, 272) == [Window(16, 16, 240, 240)]


def test_a_letterbox_is_resized_then_padded_in_the_middle() -> None:
    # The ratio is 400 / 224; 301 rows become 168.56, so 168, below (224 − 168.56) / 2 = 27.7 rows.
    assert found(WITH_PAD, 301, 400) == [Scaled(168, 224), Window(-27, 0, 224, 224)]
    assert found(WITH_PAD, 100, 50) == [Scaled(224, 112), Window(0, -56, 224, 224)]


@pytest.mark.parametrize(
    "step", [{"step": "reverse_channels"}, {"step": "subtract", "value": (1.0,)}]
)
def test_other_steps_move_no_pixels(step: dict[str, Any]) -> None:
    assert found(step, 8, 8) == []
