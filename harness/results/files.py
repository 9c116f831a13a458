"""Files that are either there whole or not at all, and the pointer to the latest run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LATEST = "latest"
BLOCK = 1 << 16
"""Bytes that are read at once from a file's end."""


class Replacement:
    """A temporary file beside `path` that takes its place once it is whole.

    Every method may raise OSError; `discard` then leaves `path` as it was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = _beside(path)
        self.file = self._temporary.open("wb")

    def commit(self) -> None:
        """Let the file take its place, in one step."""
        with self.file:
            self.file.flush()
            # Renaming before the bytes are on disk can leave an empty file after a power cut.
            os.fsync(self.file.fileno())
        self._temporary.replace(self.path)

    def discard(self) -> None:
        """Remove the temporary file, if it is still there."""
        with suppress(OSError):  # closing writes what is buffered
            self.file.close()
        self._temporary.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` unless an exception is raised."""
    replacement = Replacement(path)
    try:
        yield replacement.file
        replacement.commit()
    except BaseException:
        replacement.discard()
        raise


def write(path: Path, content: bytes) -> None:
    """Write by a temporary file beside `path`; raises OSError and leaves nothing half-written."""
    with replacing(path) as file:
        file.write(content)


def append_line(path: Path, line: bytes) -> None:
    """Append one line and hand it to the system; on failure the file is as it was before."""
    # Unbuffered: a buffer that could not be flushed would be written once more on closing.
    with path.open("ab", buffering=0) as file:
        start, rest = file.tell(), memoryview(line + b"\n")
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(start)
            raise


def cut_half_line(path: Path) -> int:
    """Remove what follows the last newline, as after a kill in the middle of a write; its bytes."""
    with path.open("rb+") as file:
        end = position = file.seek(0, os.SEEK_END)
        while position:
            start = max(0, position - BLOCK)
            file.seek(start)
            newline = file.read(position - start).rfind(b"\n")
            if newline >= 0:
                position = start + newline + 1
                break
            position = start
        if position < end:
            file.truncate(position)
        return end - position


def point_latest(root: Path, name: str) -> Path:
    """Let `root/latest` lead to `root/name`, in one step: a reader sees the old or the new one."""
    latest, temporary = root / LATEST, _beside(root / LATEST)
    try:
        temporary.symlink_to(name, target_is_directory=True)
        temporary.replace(latest)
    except (OSError, NotImplementedError):
        # Windows without the privilege, or a file system without links: the name as text.
        temporary.unlink(missing_ok=True)
        write(latest, f"{name}\n".encode())
    return latest


def latest_name(root: Path) -> str:
    """Name of the folder that `root/latest` leads to; empty where it leads nowhere."""
    latest = root / LATEST
    try:
        name = latest.readlink().name if latest.is_symlink() else latest.read_text("utf-8").strip()
        # A name and no path: the run lies beside the pointer.
        return name if name == Path(name).name and (root / name).is_dir() else ""
    except (OSError, ValueError):
        return ""


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")
