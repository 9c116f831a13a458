"""`SweepImage` and `ImageSource`: what a sweep goes through, one image after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SUFFIXES = frozenset(
    (".avif", ".bmp", ".gif", ".jpe", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
)
"""How the names of image files end; others in a folder or archive are passed over."""


@dataclass(frozen=True, slots=True)
class SweepImage:
    """One image of a sweep."""

    name: str
    """Its path in the source, which no other image of the sweep has."""
    path: str
    """Absolute path of the file, or of the archive that holds it."""
    label: str = ""
    """Number or name of its true class; empty where the source says none."""
    start: int = -1
    """Where its bytes begin in the archive; -1: the file is the image."""
    size: int = 0
    """How many bytes of the archive it has."""


class ImageSource(Protocol):
    """Images in an order that does not change."""

    @property
    def root(self) -> Path:
        """The folder that all the files lie in."""
        ...

    def __iter__(self) -> Iterator[SweepImage]:
        """The images; raises UsageError for what can't be read."""
        ...
