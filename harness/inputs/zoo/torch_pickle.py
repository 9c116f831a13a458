"""Reads a state dict from the file format of torch before 1.6, without torch.

The file is not trusted: nothing in its pickles is executed (`inert_pickle`), and every count,
offset and stride is checked against the size of the file.

The format (torch/serialization.py, `_legacy_save` and `_legacy_load`) is, one after the other:
pickled magic number; pickled protocol version; pickled sys_info; pickled object, whose tensors are
views of storages that it only names; pickled list of the storages' keys; then for each key, in
that order, its number of elements as int64 and its raw elements. All little-endian.
"""

import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import AssetError
from harness.inputs.zoo.inert_pickle import (
    State,
    Storage,
    View,
    is_int,
    refuse,
    short_repr,
    unpickle,
)

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
SYS_INFO = {
    "protocol_version": PROTOCOL,
    "little_endian": True,
    "type_sizes": {"short": 2, "int": 4, "long": 4},
}
MAX_FILE_BYTES = 1 << 31
MAX_RANK = 8


def load(data: bytes, name: str = "the file") -> dict[str, NDArray[Any]]:
    """The state dict in the bytes of a file: name → float32 or int64 array, C-contiguous, copied.

    `name` stands in front of every message. Raises AssetError where the bytes are cut short,
    damaged, of another format, or contain anything but tensors.
    """
    try:
        if len(data) > MAX_FILE_BYTES:
            refuse(f"{len(data)} bytes; at most {MAX_FILE_BYTES} are read")
        return _load(data)
    except AssetError as error:
        raise AssetError(f"{name}: {error}") from error.__cause__


def _load(data: bytes) -> dict[str, NDArray[Any]]:
    position = _check_header(data)
    unpickler, views, position = unpickle(data, position, "the object")
    _check_views(views)
    _, keys, position = unpickle(data, position, "the list of storages")
    _check_keys(keys, unpickler.storages)
    elements = _read_storages(data, position, [unpickler.storages[key] for key in keys])
    return {name: _array(name, view, elements[view.storage.key]) for name, view in views.items()}


def _check_header(data: bytes) -> int:
    if data[:4] == b"PK\3\4":
        refuse("a zip archive, which torch writes since 1.6; expected the older format")
    _, magic, position = unpickle(data, 0, "the magic number")
    if magic != MAGIC:
        refuse(
            f"no torch file: expected the magic number {MAGIC:#x} first; found {short_repr(magic)}"
        )
    _, protocol, position = unpickle(data, position, "the protocol version")
    if not is_int(protocol) or protocol != PROTOCOL:
        refuse(f"expected torch's file protocol {PROTOCOL}; found {short_repr(protocol)}")
    _, info, position = unpickle(data, position, "sys_info")
    if info != SYS_INFO:
        refuse("sys_info is not that of a little-endian file of protocol 1001")
    return position


def _check_views(views: object) -> None:
    if not isinstance(views, State):
        refuse(f"expected a state dict; found {short_repr(views)}")
    for name, view in views.items():
        if not isinstance(name, str) or not isinstance(view, View):
            refuse(f"expected tensors by name; found {short_repr(view)} at {short_repr(name)}")


def _check_keys(keys: object, storages: Mapping[str, Storage]) -> None:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        refuse(f"expected a list of storage keys; found {short_repr(keys)}")
    if len(set(keys)) != len(keys) or set(keys) != set(storages):
        refuse(f"{len(keys)} storages are listed, {len(storages)} are used, and they differ")


def _read_storages(data: bytes, at: int, storages: list[Storage]) -> dict[str, NDArray[Any]]:
    elements = {}
    for key, dtype, count in storages:
        kind = np.dtype(dtype)
        if at + 8 > len(data):
            refuse(f"cut short: storage '{key}' should begin at byte {at} of {len(data)}")
        (found,) = struct.unpack_from("<q", data, at)
        if found != count or count < 0:
            refuse(f"storage '{key}' holds {found} elements; its tensors expect {count}")
        end = at + 8 + count * kind.itemsize
        if end > len(data):
            refuse(f"cut short: storage '{key}' needs the bytes up to {end}; found {len(data)}")
        elements[key] = np.frombuffer(data, kind, count, at + 8)
        at = end
    if at != len(data):
        refuse(f"{len(data) - at} bytes follow the last storage; the file is damaged")
    return elements


def _array(name: str, view: View, elements: NDArray[Any]) -> NDArray[Any]:
    """Copy a view out of its storage after checking that it lies inside.

    A view with more elements than its storage (stride 0) could be of any size, so it is refused, as
    is an empty one; parameters are never saved like that.
    """
    _, offset, size, stride = view
    if len(size) != len(stride) or len(size) > MAX_RANK or min(offset, *stride, 0) < 0:
        refuse(f"tensor '{name}' has the size {size} and stride {stride}, which make no tensor")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if min(size, default=1) < 1 or last >= len(elements) or math.prod(size) > len(elements):
        refuse(
            f"tensor '{name}' of size {size}, stride {stride} and offset {offset} reaches out of "
            f"its storage of {len(elements)} elements"
        )
    strides = [step * elements.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(elements[offset:], size, strides).copy(order="C")
