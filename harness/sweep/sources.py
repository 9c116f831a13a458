"""The source of images that a word of the command line names, and which of its images are taken.

A source can be gone through more than once and holds no image in memory. Text that says the class
of an image is a class number or a name of the label map (`harness.sweep.class_numbers`).
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from harness.errors import UsageError
from harness.sweep.archives import TarSource
from harness.sweep.images import SUFFIXES, ImageSource, SweepImage
from harness.sweep.manifests import PARQUET, ManifestSource

WILDCARDS = "*?["


def source_of(text: str) -> ImageSource:
    """The source that a word of the command line names; raises UsageError where there is none."""
    path = Path(text)
    if path.is_dir():
        return FolderSource(path.resolve())
    if path.is_file():
        return _file_source(path.resolve())
    if set(WILDCARDS) & set(text):
        return PatternSource(Path.cwd() / text)
    raise UsageError(
        f"--images {text}: there is no such folder or file; name a folder, a pattern such as "
        "'photos/*.jpg', a manifest (.csv or .parquet) or an archive (.tar)"
    )


def _file_source(path: Path) -> ImageSource:
    sources: Mapping[str, type[Any]] = {
        ".csv": ManifestSource,
        PARQUET: ManifestSource,
        ".tar": TarSource,
    }
    suffix = path.suffix.lower()
    if suffix in sources:
        found: ImageSource = sources[suffix](path)
        return found
    if suffix in SUFFIXES:
        return PatternSource(path)
    raise UsageError(
        f"--images {path}: a file named {suffix or 'without a suffix'} is no source; expected a "
        "manifest (.csv or .parquet), an archive (.tar, not compressed) or an image"
    )


@dataclass(frozen=True)
class FolderSource:
    """Every image below a folder; the first folder on the way to it is its label."""

    root: Path
    """The folder."""

    def __iter__(self) -> Iterator[SweepImage]:
        """In the order of their paths."""
        for folder, folders, files in os.walk(self.root):
            folders.sort()
            for file in sorted(files):
                path = Path(folder, file)
                if path.suffix.lower() in SUFFIXES:
                    inner = path.relative_to(self.root)
                    label = inner.parts[0] if len(inner.parts) > 1 else ""
                    yield SweepImage(inner.as_posix(), str(path), label)


@dataclass(frozen=True)
class PatternSource:
    """The files that a pattern with `*`, `?`, `[…]` and `**` matches."""

    pattern: Path
    """The absolute pattern."""

    @property
    def root(self) -> Path:
        """The folder before the first wildcard, or that of a single file."""
        parts = self.pattern.parts
        fixed = next((i for i, part in enumerate(parts) if set(WILDCARDS) & set(part)), len(parts))
        return Path(*parts[: min(fixed, len(parts) - 1)])

    def __iter__(self) -> Iterator[SweepImage]:
        """In the order of their paths."""
        root, pattern = self.root, self.pattern
        whole = [pattern] if pattern.is_file() else root.glob(str(pattern.relative_to(root)))
        for path in sorted(whole):
            if path.is_file():
                yield SweepImage(path.relative_to(root).as_posix(), str(path))


def shuffled(images: Iterable[SweepImage], seed: int) -> Iterator[SweepImage]:
    """The images in random order; all of their names are in memory at once."""
    found = list(images)
    Random(seed).shuffle(found)  # noqa: S311  an order, no secret
    return iter(found)


def chosen(
    source: ImageSource, *, limit: int | None, sample: int | None, seed: int
) -> Iterator[SweepImage]:
    """The images of a source, or `sample` of them drawn at random, or the first `limit`.

    A sample is in the order of the source (reservoir sampling: Vitter 1985, algorithm R).
    """
    if sample is None:
        for place, image in enumerate(source):
            if place == limit:
                return
            yield image
        return
    drawn: list[tuple[int, SweepImage]] = []
    random = Random(seed)  # noqa: S311  draws a sample, keeps no secret
    for place, image in enumerate(source):
        if place < sample:
            drawn.append((place, image))
        elif (instead := random.randrange(place + 1)) < sample:
            drawn[instead] = place, image
    for place, (_, image) in enumerate(sorted(drawn, key=lambda pair: pair[0])):
        if place == limit:
            return
        yield image
