"""Content-addressed cache of what compilers made, safe under parallel workers.

An entry is a folder named by its key: the files of one build step and a manifest with their
digests. It is made in a staging folder and renamed, under a lock, so that one of several parallel
workers makes it and the others wait for it. A damaged entry is made again: loading a truncated
shared library is a SIGBUS (docs/measured.md, "Cached builds"), so digests are checked before
anything is loaded.
"""

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from harness.results import files
from harness.results.bounded_file import read_at_most

MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 1 << 20
Facts = dict[str, Any]
"""What the maker of an entry recorded beside its files: plain JSON values."""


@dataclass(frozen=True)
class CachedBuild:
    """A folder of verified files."""

    path: Path
    """The folder."""
    facts: Facts
    """What was recorded when it was made."""
    hit: bool
    """False where this call made it."""


def key_of(**parts: Any) -> str:
    """Deterministic key of plain JSON values.

    >>> key_of(a=1) == key_of(a=1), key_of(a=1) == key_of(a=2)
    (True, False)
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@dataclass(frozen=True)
class BuildCache:
    """The cache below one folder."""

    root: Path
    """The folder."""
    made: list[str] = field(default_factory=list)
    """Keys of the entries that were made by it, not found."""
    begin_use: Callable[[], None] = lambda: None
    """Called before anything of the folder is used: see `harness.execution.cache_use`."""

    def obtain(
        self,
        key: str,
        make: Callable[[Path], Facts],
        stopped: threading.Event | None = None,
    ) -> CachedBuild:
        """The entry of a key; where there is none, or a damaged one, `make(folder)` fills it.

        What `make` raises leaves no entry behind and goes on to the caller. While another process
        makes the same entry this one waits for it, until `stopped` is set (InterruptedError).
        """
        self.root.mkdir(parents=True, exist_ok=True)
        folder = self.root / key
        self.begin_use()
        _mark_used(folder)
        found = _verified(folder)
        if found is not None:
            return CachedBuild(folder, found, hit=True)
        lock = FileLock(self.root / f"{key}.lock")
        while not _acquired(lock):
            if stopped is not None and stopped.is_set():
                raise InterruptedError(f"stopped while another process made {key}")
        try:
            found = _verified(folder)
            if found is not None:
                return CachedBuild(folder, found, hit=True)
            facts = self._make(folder, make)
            self.made.append(key)
            return CachedBuild(folder, facts, hit=False)
        finally:
            lock.release()

    def _make(self, folder: Path, make: Callable[[Path], Facts]) -> Facts:
        prefix = f".making-{folder.name}-"
        for abandoned in self.root.glob(f"{prefix}*"):  # of a killed process: the lock is ours
            shutil.rmtree(abandoned, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=prefix, dir=self.root))
        try:
            facts = make(staging)
            digests = {p.name: _digest(p) for p in sorted(staging.iterdir())}
            manifest = {"files": digests, "facts": facts}
            files.write(staging / MANIFEST, json.dumps(manifest, indent=1).encode())
            if not folder.is_dir():
                folder.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            staging.replace(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return facts


def _mark_used(folder: Path) -> None:
    """Before anything of it is read: see `harness.execution.cache_use`."""
    with suppress(OSError):
        os.utime(folder / MANIFEST)


def _acquired(lock: FileLock) -> bool:
    """Try for a second, so that whoever waits can still be stopped."""
    try:
        lock.acquire(timeout=1)
    except Timeout:
        return False
    return True


def _verified(folder: Path) -> Facts | None:
    """The facts of an entry whose files are all there and whole; None otherwise."""
    try:
        manifest = json.loads(read_at_most(folder / MANIFEST, MAX_MANIFEST_BYTES))
        files = manifest["files"]
        whole = all(_digest(folder / Path(name).name) == found for name, found in files.items())
        return dict(manifest["facts"]) if files and whole else None
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
