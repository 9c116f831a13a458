"""TVM's errors, shortened to the lines that say what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

MAX_LINES, MAX_CHARS = 6, 1000


class TvmError(RuntimeError):
    """TVM's error without its pages of C++ stack frames."""


@contextmanager
def shortened() -> Iterator[None]:
    """Whatever is raised inside becomes a TvmError; its message comes last, after TVM's stack."""
    try:
        yield
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        start = max((i for i, line in enumerate(lines) if "Error:" in line), default=0)
        text = "\n".join(lines[start : start + MAX_LINES])
        name = type(error).__name__
        raise TvmError((text or name)[:MAX_CHARS]) from error
