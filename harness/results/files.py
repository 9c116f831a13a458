"""Files that are either there whole or not at all, and the pointer to the latest run."""

import os
from pathlib import Path

LATEST = "latest"


def write(path: Path, content: bytes) -> None:
    """Write by a temporary file beside `path`; raises OSError and leaves nothing half-written."""
    temporary = _beside(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            # Renaming before the bytes are on disk can leave an empty file after a power cut.
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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


def ends_in_half_a_line(path: Path) -> bool:
    """Whether the last byte is no newline, as after a kill in the middle of a write."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


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
    except OSError:
        return ""
    return name if (root / name).is_dir() else ""


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")
