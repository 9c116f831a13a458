"""Score vectors that outlive a session, one file each, verified before they are used."""

import hashlib
import io
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.execution.build_cache import BuildCache
from harness.results import files
from harness.results.bounded_file import read_at_most

FOLDER = "scores"
"""Name of their folder in that of the cache."""
MAX_BYTES = 1 << 28
"""Of one file."""
DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True)
class KeptScores:
    """The files below one folder: a sha256 of 32 bytes, then an array in NumPy's own format."""

    root: Path
    """The folder."""
    made: list[str] = field(default_factory=list)
    """Keys of the arrays that were put there by it."""
    begin_use: Callable[[], None] = lambda: None
    """As that of `BuildCache`."""

    def get(self, key: str) -> NDArray[Any] | None:
        """The array of a key; None where there is none, or a damaged one."""
        path = self._path(key)
        self.begin_use()
        with suppress(OSError):
            os.utime(path)
        try:
            data = read_at_most(path, MAX_BYTES)
            digest, content = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
            if hashlib.sha256(content).digest() != digest:
                return None
            found: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return found

    def put(self, key: str, scores: NDArray[Any]) -> None:
        """Keep an array; where the disk does not take it, it is not kept."""
        content = io.BytesIO()
        np.save(content, scores, allow_pickle=False)
        data = content.getvalue()
        path = self._path(key)
        self.begin_use()
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, hashlib.sha256(data).digest() + data)
            self.made.append(key)

    def _path(self, key: str) -> Path:
        """In one of 256 folders, so that none grows without bound."""
        return self.root / key[:2] / key


@dataclass(frozen=True)
class ReferenceCache:
    """What a reference keeps from session to session."""

    builds: BuildCache
    """Its graph files."""
    scores: KeptScores
    """Its truth and noise, and its answers where they are kept."""
    keeps_answers: bool = False
    """Whether its answers are kept, too."""

    @classmethod
    def below(
        cls,
        folder: Path,
        *,
        keeps_answers: bool = False,
        begin_use: Callable[[], None] = lambda: None,
    ) -> "ReferenceCache":
        """The cache in one folder."""
        builds = BuildCache(folder, begin_use=begin_use)
        scores = KeptScores(folder / FOLDER, begin_use=begin_use)
        return cls(builds, scores, keeps_answers)
