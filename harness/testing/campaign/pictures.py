"""Image files that are damaged, unusual, or no images."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from harness.testing.tiny import write_image

Maker = Callable[[Path], object]
"""Writes the file at a path."""
PNG = b"\x89PNG\r\n\x1a\n"


def content(data: bytes) -> Maker:
    """A file of these bytes."""
    return lambda path: path.write_bytes(data)


def photo(**how: Any) -> Maker:
    """A good photo in the format of the path's suffix."""
    return lambda path: write_image(path, **how)


def encoded(form: str, mode: str = "RGB", **save: Any) -> bytes:
    """A photo of 12 × 10 pixels in a format and a colour mode."""
    pixels = np.random.default_rng(3).integers(0, 256, (10, 12, 3), np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).convert(mode).save(buffer, form, **save)
    return buffer.getvalue()


def cut(form: str, share: float, **save: Any) -> Maker:
    """The first part of a photo's file."""
    data = encoded(form, **save)
    return content(data[: int(len(data) * share)])


def flipped(form: str, count: int) -> Maker:
    """A photo with some of its bytes changed, the first 64 aside."""
    data, rng = bytearray(encoded(form)), random.Random(5)
    for _ in range(count):
        data[rng.randrange(min(64, len(data) // 2), len(data))] ^= 1 << rng.randrange(8)
    return content(bytes(data))


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """A chunk of a PNG file."""
    check = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png(
    width: int,
    height: int,
    *extra: bytes,
    depth: int = 8,
    colour: int = 2,
    rows: bytes = b"\0" * 100,
    crc: int | None = None,
) -> Maker:
    """A PNG whose header may claim anything."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [PNG, chunk(b"IHDR", head, crc), *extra]
    return content(b"".join([*parts, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]))


def bmp(width: int, height: int) -> Maker:
    """A BMP whose header may claim anything."""
    data = bytearray(encoded("BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return content(bytes(data))


def gif(width: int, height: int) -> Maker:
    """A GIF whose header may claim anything."""
    data = bytearray(encoded("GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return content(bytes(data))


def animation(path: Path) -> None:
    """A GIF of 50 frames."""
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (50, 10, 12, 3), np.uint8)
    frames = [PIL.Image.fromarray(frame) for frame in pixels]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])


def oriented(orientation: int) -> Maker:
    """A JPEG with an EXIF orientation tag."""
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    return photo(size=(40, 20), exif=exif)


def deep(path: Path) -> None:
    """A grey PNG of 16 bits."""
    values = (np.arange(12 * 10).reshape(10, 12) * 540).astype(np.uint16)
    PIL.Image.fromarray(values).save(path)


def with_segment(marker: int, data: bytes) -> Maker:
    """A JPEG with one more segment behind its start."""
    good = encoded("JPEG")
    segment = struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
    return content(good[:2] + segment + good[2:])


def behind(data: bytes) -> Maker:
    """A JPEG with bytes behind its end."""
    return content(encoded("JPEG") + data)


def jpeg_claims(width: int, height: int) -> Maker:
    """A JPEG whose header claims another size."""
    data = bytearray(encoded("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return content(bytes(data))
