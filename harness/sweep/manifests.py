"""Images that a table lists, with their classes."""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.sweep.images import SweepImage

PATH, LABEL = "path", "label"
"""Columns of a manifest; the second may be absent."""


@dataclass(frozen=True)
class CsvSource:
    """A CSV file with a column `path`, from the file's own folder, and perhaps `label`."""

    path: Path
    """The manifest."""

    @property
    def root(self) -> Path:
        """The manifest's folder."""
        return self.path.parent

    def __iter__(self) -> Iterator[SweepImage]:
        """In the order of the lines."""
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                lines = csv.DictReader(file)
                _require_columns(self.path, lines.fieldnames or ())
                for line in lines:
                    yield _listed(self.path, line)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"--images {self.path} can't be read: {error}") from error


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file with the columns of a CSV manifest."""

    path: Path
    """The manifest."""

    @property
    def root(self) -> Path:
        """The manifest's folder."""
        return self.path.parent

    def __iter__(self) -> Iterator[SweepImage]:
        """In the order of the lines."""
        import pyarrow as pa
        from pyarrow import parquet

        try:
            with parquet.ParquetFile(self.path) as file:
                names = file.schema_arrow.names
                _require_columns(self.path, names)
                wanted = [name for name in (PATH, LABEL) if name in names]
                for batch in file.iter_batches(columns=wanted):
                    for line in batch.to_pylist():
                        yield _listed(self.path, line)
        except (OSError, pa.ArrowException) as error:
            raise UsageError(f"--images {self.path} can't be read: {error}") from error


def _require_columns(path: Path, found: Any) -> None:
    if PATH not in found:
        names = ", ".join(map(str, found)) or "no column at all"
        raise UsageError(f"--images {path}: expected a column '{PATH}', found {names:.200}")


def _listed(manifest: Path, line: Mapping[str, Any]) -> SweepImage:
    text, label = str(line[PATH] or ""), line.get(LABEL)
    path = os.path.normpath(manifest.parent / text)
    return SweepImage(text, path, "" if label is None else str(label))
