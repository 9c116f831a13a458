"""A small image as the bytes of a file."""

import io
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

RAMP = np.linspace(0, 255, 8 * 6 * 3).reshape(8, 6, 3).astype(np.uint8)


def encoded(
    mode: str = "RGB", form: str = "PNG", pixels: NDArray[np.uint8] = RAMP, **save: Any
) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).convert(mode).save(buffer, form, **save)
    return buffer.getvalue()
