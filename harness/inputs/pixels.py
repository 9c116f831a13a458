"""Image bytes → pixels → tensors with Pillow, as in a deployed Python program."""

import base64
import contextlib
import io
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageOps
from numpy.typing import NDArray

from harness.errors import ImageError, ImageTooLargeError
from harness.graphdef.endpoints import RANK, ImageInput

MAX_IMAGE_BYTES = 256 << 20
THUMBNAIL_PX = 192
"""Longer side of a thumbnail, in pixels."""
_PILLOW_LIMIT_LOCK = threading.Lock()
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Channels → Pillow's mode."""
_COLOUR = {("RGB", 0), ("RGB", 3)}
_CHANNELS = {"L": 1, "1": 1, "LA": 1, "RGBA": 4, "PA": 4}
"""Pillow's mode → channels; 3 for any other mode."""


@dataclass(frozen=True)
class Header:
    """Facts from the header of an image file, read without decoding it."""

    format: str
    """Pillow's name of the format, such as JPEG."""
    mode: str
    """Pillow's colour mode, such as RGB."""
    height: int
    """In pixels, before any EXIF orientation."""
    width: int
    """In pixels, before any EXIF orientation."""

    def only_idct(self, channels: int) -> bool:
        """Whether the IDCT is all in which Pillow and TensorFlow can differ when they decode it.

        Pillow's pixels are then bit for bit those of TensorFlow set to INTEGER_ACCURATE. `channels`
        as in `decode`; the two convert colours to grey differently.
        """
        return self.format == "JPEG" and (self.mode == "L" or (self.mode, channels) in _COLOUR)

    def remarks(self, name: str) -> list[str]:
        """Remarks for the report: a suffix that contradicts the content, an unusual mode."""
        suffix = name.rpartition(".")[2].lower()
        names = {"JPEG": ("jpg", "jpeg", "jpe"), "MPO": ("jpg", "jpeg", "mpo")}
        found = []
        if suffix not in names.get(self.format, (self.format.lower(),)):
            found.append(f"named .{suffix}, but the content is {self.format}")
        if self.mode.startswith("I"):
            found.append(
                f"colour mode {self.mode}: Pillow's conversion to 8 bits clips at 255, "
                "TensorFlow's keeps the high byte"
            )
        elif self.mode not in ("RGB", "L"):
            found.append(f"colour mode {self.mode}")
        return found


def header(data: bytes, max_pixels: int) -> Header:
    """Format, mode and size; raises ImageError, and ImageTooLargeError above `max_pixels`."""
    if not data or len(data) > MAX_IMAGE_BYTES:
        raise ImageError(f"the file has {len(data)} bytes; expected 1 to {MAX_IMAGE_BYTES}")
    with as_image_errors("read"), opened(data) as image:
        found = Header(image.format or "", image.mode, image.height, image.width)
    if found.height * found.width > max_pixels:
        raise ImageTooLargeError(
            f"{found.width}×{found.height} pixels are more than the limit of {max_pixels}; raise "
            "limits.max_pixels to accept the image"
        )
    return found


@contextlib.contextmanager
def as_image_errors(what: str) -> Iterator[None]:
    """ImageError from any exception: Pillow's decoders raise many types, AVIF's RuntimeError."""
    try:
        yield
    except Exception as error:
        raise ImageError(f"Pillow can't {what} it: {_message(error)}") from error


@contextlib.contextmanager
def opened(data: bytes) -> Iterator[PIL.Image.Image]:
    """The image, opened without Pillow's limit on pixels: `header` applies the case's own."""
    with _PILLOW_LIMIT_LOCK:  # the limit is a global variable, and the pipeline has threads
        limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            image = PIL.Image.open(io.BytesIO(data))
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = limit
    with image:
        if image.format == "EPS":  # Pillow would run Ghostscript
            raise ValueError("an EPS file is a program, which is not run")
        yield image


def _message(error: Exception) -> str:
    """Pillow's message without the address of the buffer."""
    return str(error).split(" <_io")[0].removesuffix(" file") or type(error).__name__


def decode(data: bytes, channels: int, exif: str = "ignore") -> NDArray[np.uint8]:
    """Pixels `[H, W, C]` uint8; with `channels` 0 the file decides between 1, 3 and 4.

    `exif="apply"` rotates the image as its orientation tag says, which TensorFlow never does.
    Call `header` first: it limits the size. Raises ImageError.
    """
    with as_image_errors("decode"), opened(data) as stored:
        image = PIL.ImageOps.exif_transpose(stored) if exif == "apply" else stored
        wanted = channels or _CHANNELS.get(image.mode, 3)
        array = np.asarray(image.convert(_MODES[wanted]))
    return array.reshape(*array.shape[:2], wanted)


def resize(pixels: NDArray[np.uint8], size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
    """`[H, W, C]` uint8 → `[height, width, C]` uint8 by Pillow's filter `resample`.

    `size` is (height, width). Pixels of that size already are returned as they are.
    """
    height, width = size
    if pixels.shape[:2] == (height, width):
        return pixels
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    filtered = PIL.Image.fromarray(flat).resize(
        (width, height), PIL.Image.Resampling[resample.upper()]
    )
    return np.asarray(filtered).reshape(height, width, pixels.shape[2])


def to_tensor(picture: NDArray[Any], graph_input: ImageInput) -> NDArray[Any]:
    """The tensor that a graph's pixel input takes, from `[H, W, C]` uint8 or float32.

    A tensor of bytes takes fractions of a level rounded down, and no level beyond 0 to 255. NCHW,
    and with a batch dimension of one, where the input declares it.
    """
    tensor = picture
    if graph_input.dtype == "uint8" and tensor.dtype != np.uint8:
        tensor = np.clip(tensor, 0, 255)
    tensor = tensor.astype(graph_input.dtype)
    if graph_input.channels_first:
        tensor = tensor.transpose(2, 0, 1)
    if len(graph_input.shape) == RANK:
        tensor = tensor[np.newaxis]
    return np.ascontiguousarray(tensor)


def thumbnail(pixels: NDArray[np.uint8]) -> str:
    """A small JPEG of the pixels, `[H, W, C]` uint8, as a `data:` URI."""
    return jpeg_uri(small(pixels))


def small(pixels: NDArray[np.uint8]) -> PIL.Image.Image:
    """The pixels as an image whose longer side is at most THUMBNAIL_PX; no alpha channel."""
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels[:, :, :3]
    scale = max(1.0, max(flat.shape[:2]) / THUMBNAIL_PX)
    width, height = (max(1, math.floor(side / scale)) for side in flat.shape[1::-1])
    return PIL.Image.fromarray(flat).resize((width, height), PIL.Image.Resampling.BILINEAR)


def jpeg_uri(image: PIL.Image.Image) -> str:
    """A JPEG as a `data:` URI."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
