"""TVM's errors, shortened to the lines that say what went wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

MAX_LINES, MAX_CHARS = 6, 1000
_DIAGNOSTIC = re.compile(r": (fatal )?error\b")
"""A compiler's own error, such as nvcc's `a.cu(7): error: identifier "x" is undefined`."""


class TvmError(RuntimeError):
    """TVM's error without its pages of C++ stack frames."""


@contextmanager
def shortened() -> Iterator[None]:
    """Whatever is raised inside becomes a TvmError; its message comes last, after TVM's stack."""
    try:
        yield
    except Exception as error:
        raise TvmError(_said(error)) from error


def _said(error: Exception) -> str:
    """What an error says; its type, too, where the text is no more than a key or is empty.

    >>> _said(KeyError("conv/weights"))
    "KeyError: 'conv/weights'"
    >>> _said(AssertionError())
    'AssertionError'
    """
    text = _short(str(error))
    if isinstance(error, KeyError) or not text:
        return ": ".join(part for part in (type(error).__name__, text) if part)
    return text


def _short(message: str) -> str:
    r"""The lines of a message that say what went wrong.

    A compiler that TVM starts writes its warnings, or the source, before its first error.

    >>> _short("Stack trace:\n  1: f()\nValueError: no such layout")
    'ValueError: no such layout'
    >>> _short("int a;\nCompilation error:\nk.cu(1): warning: old\nk.cu(2): error: no x")
    'k.cu(2): error: no x'
    """
    lines = [line for line in message.splitlines() if line.strip()]
    ends = [number for number, line in enumerate(lines) if "Error:" in line]
    diagnostics = [number for number, line in enumerate(lines) if _DIAGNOSTIC.search(line)]
    start = (diagnostics[:1] or ends[-1:] or [0])[0]
    return "\n".join(lines[start : start + MAX_LINES])[:MAX_CHARS]
