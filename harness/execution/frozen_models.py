"""Models that TensorFlow freezes first: SavedModels and Keras files, each once, in the cache."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from harness.errors import GraphError
from harness.execution.build_cache import BuildCache, key_of
from harness.execution.worker_call import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.stacks.protocol import function_path
from harness.stacks.registry import DEFAULT_REFERENCE, stack_named
from harness.stacks.sources import source_digest
from harness.stacks.tensorflow_freezing import FROZEN, KERAS, SAVED_MODEL, freeze

LIMITS = CallLimits(timeout_s=600, memory_gib=16)
"""Of loading and freezing a model."""
MAX_FILES = 1000
"""Files of a SavedModel."""
MAX_BYTES = 8 << 30
"""Bytes of all its files."""


def needs_freezing(path: Path) -> bool:
    """Whether TensorFlow has to make a frozen GraphDef of it."""
    return path.name == SAVED_MODEL or path.suffix.lower() in KERAS


@dataclass(frozen=True)
class FrozenModels:
    """Freezes models in worker processes."""

    workers: WorkerPool
    """The processes."""
    cache: BuildCache
    """Where frozen models are kept."""

    def of(self, path: Path) -> Path:
        """The frozen GraphDef of a model file; raises GraphError, StackError."""
        if not needs_freezing(path):
            return path
        stack = stack_named(DEFAULT_REFERENCE)
        key = key_of(
            source=_sha256(path, _modified(path)),
            versions=stack.versions(),
            code=source_digest(freeze.__module__),
        )

        def make(folder: Path) -> dict[str, Any]:
            request = {"path": str(path), "folder": str(folder)}
            reply = self.workers.once(
                "freezing", stack.environment, function_path(freeze), request, LIMITS
            )
            return dict(reply.payload)

        try:
            return self.cache.obtain(key, make, self.workers.stopped).path / FROZEN
        except WorkerError as error:
            raise GraphError(
                f"{path}: TensorFlow can't freeze it: {error.message}; freeze it yourself, and "
                "name the frozen GraphDef (.pb)"
            ) from error


def _files(path: Path) -> Iterator[Path]:
    """The files that the model is made of; raises GraphError where they are too many or large."""
    if path.name != SAVED_MODEL:
        yield path
        return
    total = 0
    found = (one for one in path.parent.rglob("*") if one.is_file())
    for number, file in enumerate(islice(found, MAX_FILES + 1)):
        total += file.stat().st_size
        if number == MAX_FILES or total > MAX_BYTES:
            raise GraphError(
                f"{path.parent}: a SavedModel has at most {MAX_FILES} files and {MAX_BYTES} bytes"
            )
        yield file


def _modified(path: Path) -> tuple[tuple[str, int, int], ...]:
    facts = ((str(file), file.stat()) for file in _files(path))
    return tuple(sorted((name, one.st_mtime_ns, one.st_size) for name, one in facts))


@lru_cache(maxsize=16)
def _sha256(path: Path, files: tuple[tuple[str, int, int], ...]) -> str:
    """Of the contents and of the names below the model's folder."""
    total = hashlib.sha256()
    for name, _, _ in files:
        file = Path(name)
        with file.open("rb") as content:
            inner = hashlib.file_digest(content, "sha256").hexdigest()
        total.update(f"{file.relative_to(path.parent)}\0{inner}\0".encode(errors="surrogateescape"))
    return total.hexdigest()
