"""Images → names for node ids and tables: `harness.cases.section.Name`, and no two alike."""

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
    """Make a name of any text; its end is kept, because that is where a file's suffix is.

    >>> slug("my photo (1).jpg"), slug("*.png"), slug(".hidden")
    ('my_photo_1_.jpg', 'image_.png', 'image.hidden')
    """
    name = re.sub(r"[^A-Za-z0-9._+-]+", "_", text)[-MAX_NAME + len("image") :]
    return name if re.match(r"[A-Za-z0-9]", name) else f"image{name}"


def file_name(asset: Asset) -> str:
    """Last part of where a file comes from, as the publisher spells it.

    >>> file_name(Asset(url="https://example.org/a/my%20cat.jpg?raw=1", sha256="0" * 64))
    'my cat.jpg'
    """
    return _place(asset).name


def distinct(found: Iterable[tuple[Image, bool]]) -> list[Image]:
    """Name every image; the flag says whether its name was given in the case and so is kept.

    Automatic names that meet get their folder in front (`cats-1.jpg`, `dogs-1.jpg`), and a number
    where that is not enough. Raises CaseError where two images were given the same name.
    """
    images = [(image, given, image.name or slug(file_name(image))) for image, given in found]
    often = Counter(name for _, _, name in images)
    names = _Names(name for _, given, name in images if given)
    named = []
    for image, given, name in images:
        own = name if given else names.free(_longer(image, name) if often[name] > 1 else name)
        named.append(image.model_copy(update={"name": own}))
    return named


class _Names:
    """The names that are taken, and how far numbering has come for each."""

    def __init__(self, given: Iterable[str]) -> None:
        times = Counter(given)
        twice = sorted(name for name in times if times[name] > 1)
        if twice:
            raise CaseError(
                f"several images are given the name {', '.join(map(repr, twice))}; "
                "a name stands for one image, so change all but one"
            )
        self._taken = set(times)
        self._reached: Counter[str] = Counter()

    def free(self, name: str) -> str:
        """The name, or the first of `2-name`, `3-name`, … that is free; it is taken now."""
        for number in count(self._reached[name] + 1):
            text = name if number == 1 else f"{number}-{name[-MAX_NAME + 8 :]}"
            if text not in self._taken:
                break
        self._reached[name] = number
        self._taken.add(text)
        return text


def _longer(image: Image, name: str) -> str:
    folder = _place(image).parent.name
    return slug(f"{folder}-{name}") if folder not in ("", "..") else name


def _place(asset: Asset) -> PurePosixPath:
    # Not urlsplit, which raises on a broken address; the download is where that is told.
    address = re.sub(r"[?#].*", "", asset.url or "")
    return PurePosixPath(asset.path or asset.file or unquote(address))
