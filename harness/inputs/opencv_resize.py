"""OpenCV's resize, an extra of its own: opencv-python-headless."""

from typing import Any

from numpy.typing import NDArray

from harness.cases.resampling import Resampling
from harness.errors import StackError

INTERPOLATIONS = {
    "nearest": "INTER_NEAREST",
    "bilinear": "INTER_LINEAR",
    "bicubic": "INTER_CUBIC",
    "area": "INTER_AREA",
    "lanczos": "INTER_LANCZOS4",
}
"""Filter → OpenCV's name."""


def opencv_resize(picture: NDArray[Any], size: tuple[int, int], how: Resampling) -> NDArray[Any]:
    """`[H, W, C]` uint8 or float32 → the same of `size`, (height, width), by cv2.resize.

    Raises StackError where OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise StackError(
            "the case resizes by OpenCV, which can't be loaded here "
            f"({error}): pip install 'parity-harness[opencv]'"
        ) from error
    flag = getattr(cv2, INTERPOLATIONS[how.filter])
    resized: NDArray[Any] = cv2.resize(picture, (size[1], size[0]), interpolation=flag)
    return resized.reshape(*size, picture.shape[2])  # OpenCV drops an axis of one channel
