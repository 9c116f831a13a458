"""Unpickles what torch's files hold, and runs nothing.

A pickle is a program: `pickle.load` on a foreign file calls whatever it names. This unpickler lets
it name an ordered dict, a tensor and two kinds of storage, which become inert values here, and
nothing else.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from harness.errors import AssetError

MAX_PICKLE_BYTES = 1 << 26
"""The pickles hold names and shapes, not weights: 42 kB for 298 tensors."""

STORAGE_FIELDS = 6

# What the C unpickler and pickletools raise on damaged input.
_DAMAGE = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Storage(NamedTuple):
    """A named run of elements in the file's tail."""

    key: str
    dtype: str
    """numpy type string: `<f4` or `<i8`."""
    length: int
    """Number of elements."""


class View(NamedTuple):
    """A tensor before its elements are read; offset and stride count elements."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _Allowed:
    """Something a pickle may call. BUILD asks for `__setstate__` first, so it can't be altered."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *args: object) -> object:
        return self._call(*args)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("a global can't be given a state")


class State(dict[Any, Any]):
    """Stands for an OrderedDict; its state, the modules' `_metadata`, is dropped."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """Drop the state."""


def _rebuild_tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> View:
    """Take the arguments of torch._utils._rebuild_tensor_v2; what training needs is dropped."""
    numbers = isinstance(size, tuple) and isinstance(stride, tuple) and (offset, *size, *stride)
    if not isinstance(storage, Storage) or not numbers or not all(map(is_int, numbers)):
        refuse("a tensor is not made of a storage, an offset, a size and a stride")
    return View(storage, offset, size, stride)


_GLOBALS: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): _Allowed(State),
    ("torch._utils", "_rebuild_tensor_v2"): _Allowed(_rebuild_tensor),
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}


class Unpickler(pickle.Unpickler):
    """Notes the storages that a pickle names."""

    def __init__(self, data: bytes) -> None:
        """Start at the pickle's first byte."""
        super().__init__(io.BytesIO(data))
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> object:
        """Look the name up among the four that are allowed; nothing is imported."""
        if (module, name) not in _GLOBALS:
            known = ", ".join(".".join(known) for known in _GLOBALS)
            refuse(f"the pickle asks for {module}.{name}; only {known} are allowed")
        return _GLOBALS[module, name]

    def persistent_load(self, pid: object) -> Storage:
        """Note a storage: ("storage", type, key, location, count, None)."""
        if not isinstance(pid, tuple) or len(pid) != STORAGE_FIELDS or pid[0] != "storage":
            refuse(f"the pickle asks for a persistent {shown(pid)}; only storages are allowed")
        _, dtype, key, _, count, shared = pid
        if dtype not in ("<f4", "<i8") or not isinstance(key, str) or not is_int(count):
            refuse("a storage is not made of a type, a key and a count")
        if shared is not None:
            refuse(f"storage '{key}' is a part of another one; expected whole storages")
        found = Storage(key, dtype, count)
        if self.storages.setdefault(key, found) != found:
            refuse(f"storage '{key}' is declared twice, with different types or counts")
        return found


def unpickle(data: bytes, start: int, what: str) -> tuple[Unpickler, Any, int]:
    """Unpickle what begins at `start`; returns the unpickler, the value and where it ends."""
    try:
        end = _end_of_pickle(data, start)
        unpickler = Unpickler(data[start:end])
        return unpickler, unpickler.load(), end
    except _DAMAGE as error:
        refuse(f"{what}, at byte {start} of {len(data)}, is cut short or damaged ({error!s:.200})")


def _end_of_pickle(data: bytes, start: int) -> int:
    """Position after the STOP of the pickle that begins at `start`; runs nothing of it.

    Walking the opcodes first also finds lengths beyond the data, and memo indices that make the
    unpickler set aside gigabytes: an index can't exceed the number of bytes before it.
    """
    stream = io.BytesIO(data[start : start + MAX_PICKLE_BYTES])
    for opcode, arg, position in pickletools.genops(stream):
        if opcode.name.endswith("PUT") and (not isinstance(arg, int) or arg > (position or 0)):
            raise ValueError(f"memo index {arg} out of range")
    return start + stream.tell()


def refuse(message: str) -> NoReturn:
    """Raise AssetError; the caller puts the file's name before it."""
    raise AssetError(message)


def is_int(value: object) -> bool:
    """Whether the value is an int and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: object) -> str:
    """A short name for a foreign value; its repr could be of any length."""
    if isinstance(value, (str, int)):
        return f"{value:#x}" if is_int(value) else f"{value!r:.80}"
    return f"a {type(value).__name__}"
