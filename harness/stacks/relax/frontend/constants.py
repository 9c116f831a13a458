"""Constant folding: tensors that don't depend on a placeholder are computed while importing.

All shapes are static, so the output of a Shape node is a constant too.
"""

from collections.abc import Container, Mapping, Sequence

from harness.graphdef.access import data_inputs
from harness.graphdef.build import copy_of
from harness.graphdef.tensors import (
    DT_INT8,
    DT_INT16,
    DT_INT32,
    DT_UINT8,
    DT_UINT16,
    decode,
)
from harness.graphdef.wire import NodeDef, TensorProto, VersionDef
from harness.stacks.relax.frontend.numpy_rules import FORWARDED, MOVES, NUMPY_RULES, NeedsTensorFlow
from harness.stacks.relax.frontend.tensorflow_constants import evaluate
from harness.stacks.relax.frontend.unsupported import UnsupportedNodeError
from harness.stacks.relax.frontend.value import Known, Value

QUANTIZED = {11: DT_INT8, 12: DT_UINT8, 13: DT_INT32, 15: DT_INT16, 16: DT_UINT16}
"""TensorFlow's types qint8, quint8, qint32, qint16, quint16 → those of the numbers they hold."""
SHAPE_OPS = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})
"""Operations whose result follows from the shape of their input."""
_RANDOM = ("Random", "TruncatedNormal", "Multinomial", "ParameterizedTruncatedNormal")
_WINDOWS = ("Conv", "Depthwise", "MaxPool", "AvgPool")
"""Not folded: on a constant of the wrong rank oneDNN ends TensorFlow's whole process."""
_WITH_LISTS = ("TensorList", "TensorArray", "EmptyTensorList")
_DECIDED = frozenset({"If", "StatelessIf", "Case", "StatelessCase", "While", "StatelessWhile"})
"""Converted although constant: TensorFlow's session has neither their functions nor lists."""


def constant_nodes(
    order: Sequence[NodeDef], parameters: Container[str], known: Container[str] = ()
) -> set[str]:
    """Names of the nodes whose tensors are known while importing, as those of `known` are."""
    found = {node.name for node in order if node.name in known}
    for node in order:
        if node.name in parameters or node.op.startswith(_RANDOM + _WINDOWS):
            continue
        inputs = data_inputs(node)
        all_known = bool(inputs) and all(name.node in found for name in inputs)
        if all_known or node.op == "Const" or (node.op in SHAPE_OPS and inputs):
            found.add(node.name)
    return found


class Constants:
    """Computes constant nodes: by numpy where it has a rule, all others by TensorFlow."""

    def __init__(self, order: Sequence[NodeDef], versions: VersionDef) -> None:
        self._order = [node for node in order if _can_be_constant(node)]
        self._position = {node.name: index for index, node in enumerate(self._order)}
        self._versions = versions
        self._folded: dict[str, list[Known]] = {}

    def learn(self, node: str, outputs: Sequence[Value | None]) -> None:
        """Take the outputs of a node that was converted, where all of them are known."""
        known = [value for value in outputs if isinstance(value, Known)]
        if known and len(known) == len(outputs):
            self._folded[node] = known

    def can_fold(self, node: NodeDef) -> bool:
        """Whether all that a node reads is known."""
        if node.name not in self._position:
            return False
        inputs = data_inputs(node)
        return (
            node.op == "Const"
            or node.op in SHAPE_OPS
            or all(name.node in self._folded for name in inputs)
        )

    def fold(self, node: NodeDef, inputs: Sequence[Value]) -> list[Known]:
        """The outputs of a constant node, given the tensors that it reads."""
        if node.name not in self._folded:
            try:
                self._folded[node.name] = _by_numpy(node, inputs)
            except NeedsTensorFlow:
                self._compute_from(node)
        if node.name not in self._folded:
            raise UnsupportedNodeError(
                f"node '{node.name}' ({node.op}) gives a type of tensors that a module can't hold"
            )
        return self._folded[node.name]

    def _compute_from(self, node: NodeDef) -> None:
        """Let TensorFlow compute this node and all that can be computed with it, in one session.

        The import reaches constants one by one, and a session for each would take milliseconds.
        Nodes that depend on a shape not known yet are computed by a later session.
        """
        ready: dict[str, NodeDef] = {}
        for later in self._order[self._position[node.name] :]:
            skipped = later.op in SHAPE_OPS or later.name in self._folded
            inputs = {name.node for name in data_inputs(later)}
            if not skipped and inputs <= ready.keys() | self._folded.keys():
                ready[later.name] = later
        self._folded |= evaluate(_arithmetic(ready, node.name), self._folded, self._versions)


def _can_be_constant(node: NodeDef) -> bool:
    """Whether its outputs are known where its inputs are."""
    converted = node.op in _DECIDED or node.op.startswith(_RANDOM + _WINDOWS + _WITH_LISTS)
    return node.op == "Const" or (bool(data_inputs(node)) and not converted)


def _arithmetic(nodes: Mapping[str, NodeDef], first: str) -> dict[str, NodeDef]:
    """The nodes that do arithmetic, `first` among them, and those whose tensors they read.

    Weights that are only moved, and read by none of these, are left out.
    """
    needed = {first}
    for node in reversed(list(nodes.values())):
        moves = node.op == "Const" or node.op in FORWARDED or node.op in MOVES
        if node.name in needed or not moves:
            needed |= {node.name, *(name.node for name in data_inputs(node))}
    return {name: node for name, node in nodes.items() if name in needed}


def _held(tensor: TensorProto) -> Known:
    """A constant; of a quantized type, the whole numbers that it holds."""
    if tensor.dtype not in QUANTIZED:
        return Known(lambda: decode(tensor))
    plain = copy_of(tensor)
    plain.dtype = QUANTIZED[tensor.dtype]
    return Known(lambda: decode(plain), tensor.dtype)


def _by_numpy(node: NodeDef, inputs: Sequence[Value]) -> list[Known]:
    """The outputs of a constant node; raises NeedsTensorFlow."""
    if node.op == "Const":
        return [_held(node.attr["value"].tensor)]
    if node.op in FORWARDED:
        return [value for value in inputs if isinstance(value, Known)]
    quantized = any(isinstance(value, Known) and value.quantized for value in inputs)
    if node.op not in NUMPY_RULES or quantized:
        raise NeedsTensorFlow
    return [Known(array) for array in NUMPY_RULES[node.op](node, inputs)]
