"""Tensors that don't depend on what the graph is fed: found, and computed while importing.

All shapes are static, so a Shape node is a constant too, whatever it is the shape of.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from harness.graphdef.tensors import decode
from harness.stacks.relax.frontend.known_ops import FORWARDED, KNOWN_OPS, MOVES, NotHere
from harness.stacks.relax.frontend.tensorflow_constants import evaluate
from harness.stacks.relax.frontend.value import Known, Value
from harness.stacks.relax.frontend.walk import data_inputs

SHAPE_OPS = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})
"""Operations whose result follows from the shape of their input."""
_RANDOM = ("Random", "TruncatedNormal", "Multinomial", "ParameterizedTruncatedNormal")
_WINDOWS = ("Conv", "Depthwise", "MaxPool", "AvgPool")
"""Left to the module: on a constant of the wrong rank oneDNN ends TensorFlow's whole process."""


def constant_nodes(order: Sequence[Any], parameters: Container[str]) -> set[str]:
    """Names of the nodes whose tensors are known while importing."""
    found: set[str] = set()
    for node in order:
        if node.name in parameters or node.op.startswith(_RANDOM + _WINDOWS):
            continue
        inputs = data_inputs(node)
        known = bool(inputs) and all(name.node in found for name in inputs)
        if known or node.op == "Const" or (node.op in SHAPE_OPS and inputs):
            found.add(node.name)
    return found


class Constants:
    """Computes constant nodes: what only moves numbers or counts here, all else by TensorFlow."""

    def __init__(self, order: Sequence[Any], versions: Any) -> None:
        self._order = order
        self._position = {node.name: index for index, node in enumerate(order)}
        self._versions = versions
        self._folded: dict[str, list[Known]] = {}

    def fold(self, node: Any, inputs: Sequence[Value]) -> list[Known]:
        """The outputs of a constant node, given the tensors that it reads."""
        if node.name not in self._folded:
            try:
                self._folded[node.name] = _here(node, inputs)
            except NotHere:
                self._compute_from(node)
        return self._folded[node.name]

    def _compute_from(self, node: Any) -> None:
        """Let TensorFlow compute this node and all that can be computed with it, in one session.

        The walk meets constants one by one, and a session for each would take milliseconds each.
        Nodes that wait for a shape that the walk has not come to yet get a session of their own.
        """
        ready: dict[str, Any] = {}
        for later in self._order[self._position[node.name] :]:
            waits = later.op in SHAPE_OPS or later.name in self._folded
            inputs = {name.node for name in data_inputs(later)}
            if not waits and inputs <= ready.keys() | self._folded.keys():
                ready[later.name] = later
        self._folded |= evaluate(_arithmetic(ready, node.name), self._folded, self._versions)


def _arithmetic(nodes: Mapping[str, Any], first: str) -> dict[str, Any]:
    """The nodes that compute, `first` among them, and what they need: not all of the weights."""
    needed = {first}
    for node in reversed(list(nodes.values())):
        moves = node.op == "Const" or node.op in FORWARDED or node.op in MOVES
        if node.name in needed or not moves:
            needed |= {node.name, *(name.node for name in data_inputs(node))}
    return {name: node for name, node in nodes.items() if name in needed}


def _here(node: Any, inputs: Sequence[Value]) -> list[Known]:
    if node.op == "Const":
        return [Known(lambda: decode(node.attr["value"].tensor))]
    if node.op in FORWARDED:
        return [value for value in inputs if isinstance(value, Known)]
    if node.op not in KNOWN_OPS:
        raise NotHere
    return [Known(array) for array in KNOWN_OPS[node.op](node, inputs)]
