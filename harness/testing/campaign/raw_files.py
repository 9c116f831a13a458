"""Files of bytes that mean little, and what is no file at all."""

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path


def noise(size: int) -> bytes:
    """Random bytes, always the same."""
    return random.Random(0).randbytes(size)


def gzipped(data: bytes) -> bytes:
    """The same bytes, compressed."""
    return gzip.compress(data, mtime=0)


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of the wire format."""
    size, left = b"", len(content)
    while left > 0x7F:
        size += bytes([left & 0x7F | 0x80])
        left >>= 7
    return bytes([number << 3 | 2]) + size + bytes([left]) + content


def nested(depth: int) -> bytes:
    """A node whose attribute holds a function, whose attribute holds a function, …"""
    value = b""
    for _ in range(depth):  # AttrValue.func → NameAttrList.attr → its value
        value = _field(10, _field(2, _field(1, b"f") + _field(2, value)))
    node = _field(1, b"x") + _field(2, b"Placeholder")
    return _field(1, node + _field(5, _field(1, b"a") + _field(2, value)))


def many_nodes(count: int) -> bytes:
    """Nodes of one letter each; a file of a few MB."""
    return _field(1, _field(1, b"x") + _field(2, b"N")) * count


make_fifo = os.mkfifo
"""A pipe with a name, which nobody writes to."""


def sparse(size: int) -> Callable[[Path], object]:
    """A file of that size that takes no room on the disk."""

    def make(path: Path) -> None:
        path.touch()
        os.truncate(path, size)

    return make
