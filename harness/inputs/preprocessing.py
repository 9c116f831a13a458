"""The steps of `[preprocess]` as functions of arrays: decoded pixels → what the tensor holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.preprocess import wrong_channels
from harness.cases.preprocess_steps import Arithmetic, ReverseChannels, Step
from harness.cases.resampling import Resampling, Resizer
from harness.errors import ImageError, ImageTooLargeError
from harness.inputs.opencv_resize import opencv_resize
from harness.inputs.pixels import resize as pillow_resize
from harness.inputs.step_geometry import PlainNumbers, Scaled, Window, moves

ResizeFunction = Callable[[NDArray[Any], tuple[int, int], Resampling], NDArray[Any]]
"""`[H, W, C]`, (height, width), library and filter → `[height, width, C]`."""
OPERATIONS = {"subtract": np.subtract, "multiply": np.multiply, "divide": np.divide}


def pillow_filter(picture: NDArray[Any], size: tuple[int, int], how: Resampling) -> NDArray[Any]:
    """`[H, W, C]` uint8 → the same of `size` by Pillow."""
    return pillow_resize(picture, size, how.filter)


RESIZERS: Mapping[Resizer, ResizeFunction] = {
    "pillow": pillow_filter,
    "opencv": opencv_resize,
}
"""What resizes in this process; TensorFlow has one of its own (`harness.run.tensorflow_resize`)."""


def preprocessed(
    pixels: NDArray[np.uint8],
    steps: Sequence[Step],
    max_pixels: int,
    resizers: Mapping[Resizer, ResizeFunction] = RESIZERS,
) -> NDArray[Any]:
    """What the steps make of decoded pixels `[H, W, C]` uint8: `[H, W, C]` uint8 or float32.

    Raises ImageError where a step does not fit the picture, ImageTooLargeError where a step would
    make more than `max_pixels` pixels, and what the resizers raise.
    """
    if wrong := wrong_channels(steps, pixels.shape[2]):
        raise ImageError(wrong)
    picture: NDArray[Any] = pixels
    for step in steps:
        picture = _applied(step, picture, max_pixels, resizers)
    return picture


def _applied(
    step: Step,
    picture: NDArray[Any],
    max_pixels: int,
    resizers: Mapping[Resizer, ResizeFunction],
) -> NDArray[Any]:
    if isinstance(step, Arithmetic):
        value = np.array(step.value, np.float32)
        found: NDArray[Any] = OPERATIONS[step.step](picture.astype(np.float32), value)
        return found
    if isinstance(step, ReverseChannels):
        return picture[..., ::-1]
    for move in moves(step, picture.shape[0], picture.shape[1], PlainNumbers()):
        _require_possible(step, move, max_pixels)
        if isinstance(move, Window):
            picture = window(picture, move)
        elif isinstance(step, Resampling) and picture.shape[:2] != (move.height, move.width):
            whole = np.ascontiguousarray(picture)
            picture = resizers[step.resizer](whole, (move.height, move.width), step)
    return picture


def _require_possible(step: Step, move: Scaled | Window, max_pixels: int) -> None:
    size = f"{move.height}×{move.width}"
    if min(move.height, move.width) < 1:
        raise ImageError(f"the step {step.text} leaves nothing of the picture: {size} pixels")
    if move.height * move.width > max_pixels:
        raise ImageTooLargeError(
            f"the step {step.text} would make {size} pixels of the picture, more than the limit of "
            f"{max_pixels}; raise limits.max_pixels to accept that"
        )


def window(picture: NDArray[Any], part: Window) -> NDArray[Any]:
    """A part of a picture `[H, W, C]`, filled where it lies outside.

    >>> window(np.arange(3).reshape(1, 3, 1), Window(0, 1, 1, 4, fill=9)).ravel().tolist()
    [1, 2, 9, 9]
    """
    top, left = max(part.top, 0), max(part.left, 0)
    inside = picture[top : part.top + part.height, left : part.left + part.width]
    if inside.shape[:2] == (part.height, part.width):
        return inside
    shape = (part.height, part.width, picture.shape[2])
    found = np.full(shape, part.fill, picture.dtype)
    rows, columns = top - part.top, left - part.left
    found[rows : rows + inside.shape[0], columns : columns + inside.shape[1]] = inside
    return found
