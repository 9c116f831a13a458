"""Torch files assembled by hand: torch is not installed, and no pickler writes hostile ones."""

import pickle
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from harness.errors import AssetError
from harness.inputs.zoo.torch_pickle import MAGIC, PROTOCOL, SYS_INFO, load

FLOAT, LONG = "torch FloatStorage", "torch LongStorage"


REBUILD = "torch._utils _rebuild_tensor_v2"


ORDERED = "collections OrderedDict"


@dataclass(frozen=True)
class Raw:
    """Pickle opcodes, as they stand in a file."""

    code: bytes
    """The bytes."""


def code(value: object) -> bytes:
    """Opcodes that push a value."""
    match value:
        case Raw():
            return value.code
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int():
            return b"L%dL\n" % value
        case str():
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        case tuple():
            return b"(" + b"".join(map(code, value)) + b"t"
    raise TypeError(value)


def named(name: str) -> Raw:
    """Opcodes that push a global, `module name`."""
    module, attribute = name.split()
    return Raw(f"c{module}\n{attribute}\n".encode())


def call(name: str, *args: object) -> Raw:
    return Raw(code(named(name)) + code(args) + b"R")


def storage(key: str = "0", count: object = 6, kind: str = FLOAT, shared: object = None) -> Raw:
    return Raw(code(("storage", named(kind), key, "cpu", count, shared)) + b"Q")


def tensor(
    store: Raw, size: tuple[Any, ...] = (2, 3), stride: tuple[Any, ...] = (3, 1), offset: object = 0
) -> Raw:
    return call(REBUILD, store, offset, size, stride, False, call(ORDERED))


def state(**tensors: object) -> Raw:
    items = b"".join(code(name) + code(value) for name, value in tensors.items())
    return Raw(code(call(ORDERED)) + b"(" + items + b"u")


def elements(*values: float, kind: str = "f") -> bytes:
    return struct.pack(f"<q{len(values)}{kind}", len(values), *values)


SIX = elements(0, 1, 2, 3, 4, 5)


def torch_file(
    value: Raw,
    tail: bytes = SIX,
    keys: Sequence[Any] = ("0",),
    header: Sequence[Any] = (MAGIC, PROTOCOL, SYS_INFO),
) -> bytes:
    head = b"".join(pickle.dumps(part, 2) for part in header)
    return head + b"\x80\x02" + code(value) + b"." + pickle.dumps(list(keys), 2) + tail


def refused(data: bytes) -> str:
    """The message of the AssetError that `load` raises for the content of a file."""
    with pytest.raises(AssetError) as caught:
        load(data, "weights.pth")
    assert str(caught.value).startswith("weights.pth: ")
    return str(caught.value)
