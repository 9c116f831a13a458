"""Unique names of images for node ids and tables, each a `harness.cases.section.Name`."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import count
from pathlib import PurePosixPath
from urllib.parse import unquote

from harness.cases.asset_sections import Asset, Image
from harness.errors import CaseError

MAX_NAME = 100


def slug(text: str) -> str:
    """A valid name made from any text; long texts keep their end, where a file's suffix is.

    >>> slug("my photo (1).jpg"), slug("*.png"), slug(".hidden")
    ('my_photo_1_.jpg', 'image_.png', 'image.hidden')
    """
    name = re.sub(r"[^A-Za-z0-9._+-]+", "_", text)[-MAX_NAME + len("image") :]
    return name if re.match(r"[A-Za-z0-9]", name) else f"image{name}"


def file_name(asset: Asset) -> str:
    """Last part of an asset's path or address, percent-decoded.

    >>> file_name(Asset(url="https://example.org/a/my%20cat.jpg?raw=1", sha256="0" * 64))
    'my cat.jpg'
    """
    return _location(asset).name


def distinct(found: Iterable[tuple[Image, bool]]) -> list[Image]:
    """Images with unique names, from (image, whether its name was given in the case).

    Given names are kept. Equal automatic names get their folder in front (`cats-1.jpg`,
    `dogs-1.jpg`), and a number where that is not enough. Raises CaseError where two images were
    given the same name.
    """
    images = [(image, given, image.name or slug(file_name(image))) for image, given in found]
    uses = Counter(name for _, _, name in images)
    names = _TakenNames(name for _, given, name in images if given)
    named = []
    for image, given, name in images:
        own = name if given else names.take(_with_folder(image, name) if uses[name] > 1 else name)
        named.append(image.model_copy(update={"name": own}))
    return named


class _TakenNames:
    """The names in use, and the last number put before each."""

    def __init__(self, given: Iterable[str]) -> None:
        times = Counter(given)
        twice = sorted(name for name in times if times[name] > 1)
        if twice:
            raise CaseError(
                f"several images are given the name {', '.join(map(repr, twice))}; "
                "a name stands for one image, so change all but one"
            )
        self._taken = set(times)
        self._last_number: Counter[str] = Counter()

    def take(self, name: str) -> str:
        """Take and return the name, or the first of `2-name`, `3-name`, … that is free."""
        for number in count(self._last_number[name] + 1):
            text = name if number == 1 else f"{number}-{name[-MAX_NAME + 8 :]}"
            if text not in self._taken:
                break
        self._last_number[name] = number
        self._taken.add(text)
        return text


def _with_folder(image: Image, name: str) -> str:
    folder = _location(image).parent.name
    return slug(f"{folder}-{name}") if folder not in ("", "..") else name


def _location(asset: Asset) -> PurePosixPath:
    # Not urlsplit, which raises on an invalid address; the download reports that.
    address = re.sub(r"[?#].*", "", asset.url or "")
    return PurePosixPath(asset.path or asset.file or unquote(address))
