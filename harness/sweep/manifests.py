"""Images that a table lists, with their classes."""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.sweep.images import SweepImage

PARQUET = ".parquet"
"""Suffix of a table that is Parquet; every other one is CSV."""
PATH, LABEL = "path", "label"
"""Columns of a manifest; the second may be absent."""


@dataclass(frozen=True)
class ManifestSource:
    """A table with a column `path`, from the file's own folder, and perhaps `label`."""

    path: Path
    """The manifest."""

    @property
    def root(self) -> Path:
        """The manifest's folder."""
        return self.path.parent

    def __iter__(self) -> Iterator[SweepImage]:
        """In the order of the lines."""
        is_parquet = self.path.suffix.lower() == PARQUET
        for line in (_parquet_lines if is_parquet else _csv_lines)(self.path):
            text, label = str(line[PATH] or ""), line.get(LABEL)
            path = os.path.normpath(self.root / text)
            yield SweepImage(text, path, "" if label is None else str(label))


def _csv_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            _require_columns(path, lines.fieldnames or ())
            yield from lines
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"--images {path} can't be read: {error}") from error


def _parquet_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _require_columns(path, names)
            wanted = [name for name in (PATH, LABEL) if name in names]
            for batch in file.iter_batches(columns=wanted):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"--images {path} can't be read: {error}") from error


def _require_columns(path: Path, found: Any) -> None:
    if PATH not in found:
        names = ", ".join(map(str, found)) or "no column at all"
        raise UsageError(f"--images {path}: expected a column '{PATH}', found {names:.200}")
