"""Reading a node's attributes, each with TensorFlow's own default: GraphDefs may leave those out.

The defaults are those of tensorflow/core/ops/*.cc (REGISTER_OP … .Attr("name: type = default")).
"""

from typing import Any

from harness.graphdef.tensors import DTYPES
from harness.graphdef.wire import NodeDef
from harness.stacks.relax.frontend.unsupported import UnsupportedAttributeError

_KINDS = {
    "b": "a boolean",
    "i": "a whole number",
    "f": "a number",
    "s": "text",
    "type": "a type",
    "list": "a list",
    "func": "a function",
    "shape": "a shape",
}


class Attributes:
    """The attributes of one node; UnsupportedAttributeError for a wrong kind or value."""

    def __init__(self, definition: NodeDef) -> None:
        self._definition = definition

    def unsupported(self, key: str, found: object, expected: str) -> UnsupportedAttributeError:
        """The error that names node, operation, attribute, what was found and what was expected."""
        return UnsupportedAttributeError(
            f"node '{self._definition.name}' ({self._definition.op}): attribute {key} is {found}; "
            f"expected {expected}"
        )

    def _value(self, key: str, kind: str) -> Any:
        """The value where it is of that kind; None where the graph leaves the attribute out."""
        if key not in self._definition.attr:
            return None
        attr = self._definition.attr[key]
        found = attr.WhichOneof("value")
        if found != kind:
            raise self.unsupported(key, _KINDS.get(found, found), _KINDS[kind])
        return getattr(attr, kind)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean."""
        found = self._value(key, "b")
        return default if found is None else bool(found)

    def integer(self, key: str, default: int = 0) -> int:
        """A whole number."""
        found = self._value(key, "i")
        return default if found is None else int(found)

    def number(self, key: str, default: float) -> float:
        """A float32, as a Python float of the same value."""
        found = self._value(key, "f")
        return default if found is None else float(found)

    def word(self, key: str) -> str:
        """Any text."""
        found = self._value(key, "s")
        return "" if found is None else str(found.decode("utf-8", "replace"))

    def text(self, key: str, default: str, expected: tuple[str, ...]) -> str:
        """One of the expected words."""
        word = self.word(key) or default
        if word not in expected:
            raise self.unsupported(key, repr(word), " or ".join(expected))
        return word

    def function(self, key: str) -> str:
        """The name of a function of the graph."""
        found = self._value(key, "func")
        return "" if found is None else str(found.name)

    def functions(self, key: str) -> list[str]:
        """The names of functions of the graph."""
        found = self._value(key, "list")
        return [] if found is None else [str(one.name) for one in found.func]

    def sizes(self, key: str) -> tuple[int | None, ...] | None:
        """A shape, None for a size that is open; None where the rank is unknown."""
        found = self._value(key, "shape")
        if found is None or found.unknown_rank:
            return None
        return tuple(dim.size if dim.size >= 0 else None for dim in found.dim)

    def integers(self, key: str, count: int | None = None, default: int | None = None) -> list[int]:
        """A list of whole numbers, `count` of them where that is given."""
        found = self._value(key, "list")
        numbers = [int(value) for value in found.i] if found is not None else []
        if not numbers and default is not None and count is not None:
            return [default] * count
        if count is not None and len(numbers) != count:
            raise self.unsupported(key, numbers, f"{count} whole numbers")
        return numbers

    def dtype(self, key: str, default: int | None = None) -> str:
        """A tensor type by its name in numpy and TVM."""
        found = self._value(key, "type")
        code = default if found is None else found
        if code not in DTYPES:
            known = ", ".join(dtype.name for dtype in DTYPES.values())
            raise self.unsupported(key, f"TensorFlow's type {code}", f"one of {known}")
        return DTYPES[code].name
