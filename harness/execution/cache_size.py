"""How large a cache folder is, and the bound that it is kept below: the least recently used goes.

Entries are the folders of `BuildCache` and the files of `KeptScores`; what a living session may
use stays, see `harness.execution.cache_use`.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from filelock import FileLock, Timeout

from harness.execution import cache_use, kept_scores
from harness.execution.build_cache import MANIFEST

GONE = ".removed-"
"""Beginning of the name of an entry that nobody can find any more."""


@dataclass(frozen=True)
class CacheEntry:
    """Something that is kept."""

    path: Path
    """Its folder or file."""
    used: float
    """When it was last used, in seconds of the file system's clock."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Removed:
    """What went, and what is left."""

    entries: int
    """How many went."""
    size: int
    """Their bytes."""
    left: int
    """Bytes that are left."""
    in_use: int
    """How many stayed only because a living session may use them."""


def builds(root: Path) -> Iterator[CacheEntry]:
    """The entries of compiled modules and graphs."""
    for manifest in root.glob(f"*/{MANIFEST}"):
        folder = manifest.parent
        if not folder.name.startswith("."):
            with suppress(OSError):
                size = sum(path.stat().st_size for path in folder.iterdir())
                yield CacheEntry(folder, manifest.stat().st_mtime, size)


def scores(root: Path) -> Iterator[CacheEntry]:
    """The entries of scores."""
    for path in (root / kept_scores.FOLDER).glob("*/*"):
        with suppress(OSError):
            found = path.stat()
            yield CacheEntry(path, found.st_mtime, found.st_size)


def downloads(cache: Path, builds_folder: Path) -> Iterator[CacheEntry]:
    """The files of a cache that are neither: models and images that cases asked for."""
    for path in cache.rglob("*"):
        if path.is_file() and builds_folder not in path.parents:
            with suppress(OSError):
                found = path.stat()
                yield CacheEntry(path, found.st_mtime, found.st_size)


def prune(root: Path, bound: int) -> Removed:
    """Remove what was used longest ago until at most `bound` bytes are left, or all that may go.

    Raises OSError where the folder can't be written.
    """
    if not root.is_dir():
        return Removed(0, 0, 0, 0)
    with cache_use.nothing_begins(root) as since:
        entries = sorted([*builds(root), *scores(root)], key=lambda one: one.used)
        left, gone, stayed = sum(one.size for one in entries), list[CacheEntry](), 0
        for entry in entries:
            if left <= bound:
                break
            if entry.used >= since or not _hidden(root, entry.path):
                stayed += 1
                continue
            gone.append(entry)
            left -= entry.size
        if since == float("inf"):  # nobody makes anything
            _clear(root.glob(".making-*"))
            _clear(path for path in root.glob("*.lock") if path.name != cache_use.LOCK)
    _clear(root.glob(f"{GONE}*"))
    return Removed(len(gone), sum(one.size for one in gone), left, stayed)


def _hidden(root: Path, path: Path) -> bool:
    """Give an entry a name that nobody looks for; False where somebody makes it just now."""
    lock = FileLock(root / f"{path.name}.lock", thread_local=False)
    try:
        with lock.acquire(timeout=0):
            path.replace(root / f"{GONE}{path.name}-{token_hex(4)}")
            Path(lock.lock_file).unlink(missing_ok=True)
    except Timeout:
        return False
    return True


def _clear(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
