"""Who uses a cache folder now: each session holds a locked file there while it lives.

An entry is marked with the time of each use. So what was used since the oldest living session
began may be in use, and everything else is not. A session begins and entries go under one lock, so
that none begins while entries go.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from filelock import FileLock, Timeout

FOLDER = "in-use"
"""Name of the folder of the sessions' files in that of the cache."""
LOCK = "in-use.lock"
"""Name of the file that is locked while a session begins or entries go."""


class CacheUse:
    """The file of a session; without one, where none can be written, the session goes on."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock: FileLock | None = None
        self._begun = False
        self._guard = threading.Lock()

    def begin(self) -> None:
        """Say that the cache is used from now on; again and again, before each use of it."""
        with self._guard:
            if not self._begun:
                self._begun = True
                with suppress(OSError):
                    self._lock = _locked(self._root)

    def end(self) -> None:
        """Say that it is used no more; may be called again."""
        if self._lock is not None:
            with suppress(OSError):
                Path(self._lock.lock_file).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None


def _locked(root: Path) -> FileLock:
    """A new file of this process's own, locked."""
    path = root / FOLDER / f"{os.getpid()}-{token_hex(8)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, thread_local=False)
    with _exclusive(root):
        lock.acquire()
    return lock


@contextmanager
def nothing_begins(root: Path) -> Iterator[float]:
    """While no session can begin: the time since which an entry must not have been used to go.

    Seconds of the file system's clock; infinite where no session lives.
    """
    with _exclusive(root):
        yield min((path.stat().st_mtime for path in _living(root)), default=float("inf"))


def _exclusive(root: Path) -> FileLock:
    return FileLock(root / LOCK, thread_local=False)


def _living(root: Path) -> list[Path]:
    """The files of sessions that live; those of processes that were killed are removed."""
    found = []
    for path in (root / FOLDER).glob("*.lock"):
        lock = FileLock(path, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            found.append(path)
            continue
        path.unlink(missing_ok=True)
        lock.release()
    return found
