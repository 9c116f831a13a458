"""Thumbnails → one `<image>` each, however many rows show it."""

import base64
import binascii
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from PIL import Image, UnidentifiedImageError

from harness.results.result import Result

MAX_BYTES = 200_000
"""A larger thumbnail is no thumbnail and is left out, to keep the page's size in bounds."""
MOST_DECODED = 100
"""Files whose decoded pixels a page shows."""
_DATA_URI = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class Thumbnail:
    """An image as the page refers to it."""

    id: str
    """Its anchor on the page."""
    uri: str
    """Base64 of a raster image as a `data:` URI."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""


def thumbnails(results: Sequence[Result]) -> dict[str, Thumbnail]:
    """Data URI → picture, one for each different one that is safe and readable.

    Of pictures of decoded pixels, the first MOST_DECODED, those of the worst rows.
    """
    found: dict[str, Thumbnail] = {}
    decoded = dict.fromkeys(one.decoded.uri for one in results if one.decoded)
    shown = (*(one.thumbnail for one in results), *islice(decoded, MOST_DECODED))
    for uri in dict.fromkeys(shown):
        if size := _size(uri):
            found[uri] = Thumbnail(f"image-{len(found) + 1}", uri, *size)
    return found


def _size(uri: str) -> tuple[int, int] | None:
    """Width and height of a safe data URI; None for anything else, such as an address."""
    match = _DATA_URI.fullmatch(uri) if len(uri) <= MAX_BYTES else None
    if not match:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(match[1], validate=True))) as image:
            return image.size
    except (binascii.Error, OSError, UnidentifiedImageError, ValueError, SyntaxError):
        return None
    except Image.DecompressionBombError:
        return None
