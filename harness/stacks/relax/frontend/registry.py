"""Which TensorFlow operations can be converted, by what, and how many tensors each reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import GraphError
from harness.graphdef.access import data_inputs
from harness.graphdef.wire import NodeDef
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.unsupported import unknown_ops

Convert = Callable[[Node], Any]
UNBOUNDED = 1 << 16
"""Inputs or outputs at most, where an operation sets no limit of its own."""


@dataclass(frozen=True)
class Converter:
    """How nodes of one operation become Relax."""

    convert: Convert
    """Node → its output or a list of its outputs: expressions, inputs, or None for no output."""
    min_inputs: int
    """Fewest tensors that a node reads."""
    max_inputs: int
    """Most tensors that a node reads; UNBOUNDED for any number."""
    types: tuple[str, ...] = ()
    """The types that it takes; empty for any."""
    typed: int = 0
    """Which of the tensors that it reads must have one of those types."""

    def converted(self, node: Node) -> Any:
        """The node's outputs; UnsupportedNodeError for a type that is not taken."""
        if self.types and node.dtype(self.typed) not in self.types:
            found = node.dtype(self.typed)
            raise node.unsupported(f"its input is {found}; expected {', '.join(self.types)}")
        return self.convert(node)

    def check(self, definition: NodeDef, count: int) -> None:
        """GraphError where a node reads too few or too many tensors."""
        if self.min_inputs <= count <= self.max_inputs:
            return
        expected = str(self.min_inputs)
        if self.max_inputs != self.min_inputs:
            expected += " or more" if self.max_inputs == UNBOUNDED else f" to {self.max_inputs}"
        raise GraphError(
            f"node '{definition.name}' ({definition.op}) reads {count} tensors; expected {expected}"
        )


CONVERTERS: dict[str, Converter] = {}
"""TensorFlow's name of an operation → its converter; filled when `ops` is imported."""


def converts(
    *ops: str, inputs: int | tuple[int, int] = 1, types: tuple[str, ...] = (), typed: int = 0
) -> Callable[[Convert], Convert]:
    """Register a function as the converter of these operations.

    `inputs` is how many tensors such a node reads, or the fewest and the most; `types` are those
    that it takes, of the input `typed`.
    """
    fewest, most = inputs if isinstance(inputs, tuple) else (inputs, inputs)

    def register(convert: Convert) -> Convert:
        for op in ops:
            if op in CONVERTERS:
                raise ValueError(f"two converters for {op}")
            CONVERTERS[op] = Converter(convert, fewest, most, types, typed)
        return convert

    return register


def check_ops(converted: Sequence[NodeDef]) -> None:
    """One error for all unknown operations; then one for a node with too many or few inputs."""
    unknown: dict[str, list[str]] = {}
    for node in converted:
        if node.op not in CONVERTERS:
            unknown.setdefault(node.op, []).append(node.name)
    if unknown:
        raise unknown_ops(unknown, CONVERTERS)
    for node in converted:
        CONVERTERS[node.op].check(node, len(data_inputs(node)))
