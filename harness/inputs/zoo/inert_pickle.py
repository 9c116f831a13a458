"""Unpickles the pickles inside torch's files without executing anything.

A pickle is a program: `pickle.load` calls any function that the file names. This unpickler accepts
four names only (ordered dict, tensor, two kinds of storage), and makes inert values of them.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from harness.errors import AssetError
from harness.inputs.zoo.tuple_weights import TupleWeights

MAX_PICKLE_BYTES = 1 << 26
"""The pickles contain names and shapes, not weights: 42 kB for 298 tensors."""

STORAGE_FIELDS = 6
"""Length of the tuple that identifies a storage."""

# Raised by the C unpickler and pickletools on damaged input.
_DAMAGED_INPUT = (
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
    """A named run of elements at the end of the file."""

    key: str
    """Its name in the file."""
    dtype: str
    """numpy type string: `<f4` or `<i8`."""
    length: int
    """Number of elements."""


class View(NamedTuple):
    """A tensor before its elements are read."""

    storage: Storage
    """Where its elements lie."""
    offset: int
    """Of its first element in the storage, in elements."""
    size: tuple[int, ...]
    """Its shape."""
    stride: tuple[int, ...]
    """Of each dimension, in elements."""


class _Allowed:
    """A function that a pickle may call.

    The opcode BUILD calls `__setstate__` where there is one, so a pickle can't alter this object.
    """

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *args: object) -> object:
        return self._call(*args)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("a global can't be given a state")


class State(dict[Any, Any]):
    """Takes the place of an OrderedDict; its state, the modules' `_metadata`, is dropped."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """Drop the state."""


def _rebuild_tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> View:
    """A view from the arguments of torch._utils._rebuild_tensor_v2, without those for training."""
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
    """An unpickler of the four allowed names that collects the storages a pickle uses."""

    def __init__(self, data: bytes) -> None:
        """`data` begins with the pickle's first byte."""
        super().__init__(io.BytesIO(data))
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> object:
        """The inert value of an allowed name; nothing is imported. Raises AssetError."""
        if (module, name) not in _GLOBALS:
            known = ", ".join(".".join(known) for known in _GLOBALS)
            refuse(f"the pickle asks for {module}.{name}; only {known} are allowed")
        return _GLOBALS[module, name]

    def persistent_load(self, pid: object) -> Storage:
        """The storage of ("storage", type, key, location, count, None). Raises AssetError."""
        if not isinstance(pid, tuple) or len(pid) != STORAGE_FIELDS or pid[0] != "storage":
            refuse(f"the pickle asks for a persistent {short_repr(pid)}; only storages are allowed")
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
    """Unpickle the pickle at `start`; returns the unpickler, the value and the pickle's end.

    `what` names the part of the file in the AssetError that damaged input raises.
    """
    try:
        end = _end_of_pickle(data, start)
        unpickler = Unpickler(data[start:end])
        return unpickler, unpickler.load(), end
    except _DAMAGED_INPUT as error:
        refuse(f"{what}, at byte {start} of {len(data)}, is cut short or damaged ({error!s:.200})")


def _end_of_pickle(data: bytes, start: int) -> int:
    """Position after the STOP opcode of the pickle that begins at `start`; executes nothing.

    Walking the opcodes first also finds lengths beyond the data, and memo indices for which the
    unpickler would allocate gigabytes: an index can't exceed the number of bytes before it; and
    tuples that take years to hash.
    """
    stream = io.BytesIO(data[start : start + MAX_PICKLE_BYTES])
    weights = TupleWeights()
    for opcode, arg, position in pickletools.genops(stream):
        weights.follow(opcode, arg)
        if opcode.name.endswith("PUT") and (not isinstance(arg, int) or arg > (position or 0)):
            raise ValueError(f"memo index {arg} out of range")
    return start + stream.tell()


def refuse(message: str) -> NoReturn:
    """Raise AssetError; `torch_pickle.load` puts the file's name in front."""
    raise AssetError(message)


def is_int(value: object) -> bool:
    """Whether the value is an int of at most 64 bits, and not a bool."""
    in_range = isinstance(value, int) and -(1 << 63) <= value < 1 << 63
    return in_range and not isinstance(value, bool)


def short_repr(value: object) -> str:
    """A short text for a value from the file, whose repr could be of any length."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:#x}"[:80]  # Python refuses to write large ones in decimal
    if isinstance(value, (str, bool)):
        return f"{value!r:.80}"
    return f"a {type(value).__name__}"
