"""Image files of every format that Pillow writes, damaged mostly in their headers."""

import io
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
import PIL.Image

from harness.testing.fuzz.shapes.damage import damaged

RAMP = np.linspace(0, 255, 8 * 6 * 3).reshape(8, 6, 3).astype(np.uint8)
_MORE: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("L", "JPEG", {}), ("CMYK", "JPEG", {}), ("RGB", "JPEG", {"progressive": True}),
    ("RGBA", "PNG", {}), ("P", "PNG", {}), ("I;16", "PNG", {}), ("1", "PNG", {}),
    ("RGB", "TIFF", {"compression": "tiff_lzw"}), ("P", "GIF", {}), ("LA", "PNG", {}),
    ("RGBA", "WEBP", {"lossless": True}),
)  # fmt: skip
_HEADS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 6\n%%EndComments\n", b"8BPS\0\1", b"SIMPLE  =",
    b"BLP2", b"DDS |", b"FTEX", b"II*\0\x10\0\0\0", b"\0\0\2\0", b"\x59\xa6\x6a\x95", b"GRIB",
    b"\x89HDF\r\n\x1a\n", b"BUFR", b"qoif", b"\0\0\1\0\1\0", b"id=ImageMagick", b"/* XPM */",
)  # fmt: skip


def image(random: Random) -> bytes:
    """An image file that was damaged, or the head of a rarer format before other bytes."""
    data = random.choice(_encoded())
    if random.random() < 0.1:
        data = random.choice(_HEADS) + data
    return damaged(random, data) if random.random() < 0.95 else data


@lru_cache(maxsize=1)
def _encoded() -> Sequence[bytes]:
    PIL.Image.init()
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    found = [_saved("RGB", "JPEG", {"exif": turned.tobytes()})]
    found += [_saved("RGB", form, {}) for form in sorted(PIL.Image.SAVE)]
    found += [_saved(mode, form, options) for mode, form, options in _MORE]
    return [data for data in found if data]


def _saved(mode: str, form: str, options: dict[str, Any]) -> bytes:
    """The file; empty where Pillow was built without the format or can't write the mode."""
    buffer = io.BytesIO()
    try:
        PIL.Image.fromarray(RAMP).convert(mode).save(buffer, form, **options)
    except Exception:  # noqa: BLE001  each format has its own
        return b""
    return buffer.getvalue() if len(buffer.getvalue()) < 1 << 14 else b""
