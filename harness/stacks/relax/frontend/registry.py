"""Which TensorFlow operations can be converted, by what, and how many tensors each reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.errors import GraphError
from harness.stacks.relax.frontend.node import Node

Convert = Callable[[Node], Any]
MANY = 1 << 16


@dataclass(frozen=True)
class Converter:
    """How nodes of one operation become Relax."""

    convert: Convert
    """Node → its output, or a list of its outputs: expressions, inputs passed on, None for none."""
    least: int
    """Tensors that a node reads at least."""
    most: int
    """… and at most."""

    def check(self, definition: Any, count: int) -> None:
        """GraphError where a node reads too few or too many tensors."""
        if self.least <= count <= self.most:
            return
        expected = str(self.least)
        if self.most != self.least:
            expected += " or more" if self.most == MANY else f" to {self.most}"
        raise GraphError(
            f"node '{definition.name}' ({definition.op}) reads {count} tensors; expected {expected}"
        )


CONVERTERS: dict[str, Converter] = {}
"""TensorFlow's name of an operation → its converter; filled when `ops` is imported."""


def converts(*ops: str, inputs: int | tuple[int, int] = 1) -> Callable[[Convert], Convert]:
    """Register a function as the converter of these operations."""
    least, most = inputs if isinstance(inputs, tuple) else (inputs, inputs)

    def register(convert: Convert) -> Convert:
        for op in ops:
            if op in CONVERTERS:
                raise ValueError(f"two converters for {op}")
            CONVERTERS[op] = Converter(convert, least, most)
        return convert

    return register
