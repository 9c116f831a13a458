"""Images in a tar archive, read where they lie."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.inputs.pixels import MAX_IMAGE_BYTES
from harness.sweep.images import SUFFIXES, SweepImage

MAX_LABEL_BYTES = 1000
"""Longest label beside an image in an archive."""


@dataclass(frozen=True)
class TarSource:
    """The images of a tar archive that is not compressed; `a.cls` beside `a.jpg` is its label."""

    path: Path
    """The archive."""

    @property
    def root(self) -> Path:
        """The archive's folder."""
        return self.path.parent

    def __iter__(self) -> Iterator[SweepImage]:
        """In the order of the members; a label counts where it follows or precedes its image."""
        try:
            with tarfile.open(self.path, "r:") as archive:
                yield from self._members(archive)
        except (OSError, tarfile.TarError) as error:
            what = "an archive that is compressed has to be decompressed first"
            raise UsageError(f"--images {self.path} can't be read: {error}; {what}") from error

    def _members(self, archive: tarfile.TarFile) -> Iterator[SweepImage]:
        image, stem, text = None, "", ""
        while member := archive.next():
            vars(archive)["members"].clear()  # it would keep the headers of all
            start, _, suffix = member.name.rpartition(".")
            if not member.isreg():
                continue
            if suffix.lower() == "cls" and member.size <= MAX_LABEL_BYTES:
                stem, text = start, _text(archive, member)
            elif f".{suffix.lower()}" in SUFFIXES and member.size <= MAX_IMAGE_BYTES:
                if image:
                    yield image
                place = member.offset_data, member.size
                image = SweepImage(member.name, str(self.path), "", *place)
            if image and image.name.rpartition(".")[0] == stem:
                image = replace(image, label=text)
        if image:
            yield image


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    content = archive.extractfile(member)
    return content.read().decode(errors="replace").strip() if content else ""
