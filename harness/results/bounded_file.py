"""Reading a file that may be anything: never more bytes than expected, never a pipe or a device."""

import errno
from pathlib import Path


def read_at_most(path: Path, limit: int) -> bytes:
    """The file's bytes; raises OSError where it is no regular file or larger than `limit`."""
    require_regular(path)
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than the {limit} bytes accepted", str(path))
    return data


def require_regular(path: Path) -> None:
    """Raise OSError where something else than a file stands there: reading a pipe never ends."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
