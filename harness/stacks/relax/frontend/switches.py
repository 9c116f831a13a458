"""Branches of graphs of TensorFlow 1 (Switch, Merge) that a constant decides.

Keras of TensorFlow 1 has a branch on its learning phase in every batch norm and dropout; with the
phase frozen, or left to its default, only the branch of inference is alive.
"""

from collections.abc import Callable, Container, Sequence

from harness.graphdef.access import TensorName, attr_of, data_inputs
from harness.graphdef.tensors import DT_BOOL, decode
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef, NodeDef

_LOGIC: dict[str, Callable[..., bool]] = {
    "Identity": lambda a: a,
    "PlaceholderWithDefault": lambda a: a,
    "Switch": lambda a, _: a,
    "LogicalNot": lambda a: not a,
    "LogicalAnd": lambda a, b: a and b,
    "LogicalOr": lambda a, b: a or b,
}


def decide_switches(graph: GraphDef, outputs: Sequence[str], fed: Container[str]) -> None:
    """Make an IdentityN of each decided Switch and an Identity of each decided Merge, in place.

    Nothing that is alive reads the dead branches then. `fed` are the placeholders whose default
    does not count.
    """
    order = ordered(graph, outputs)
    if any(node.op == "Switch" for node in order):
        branches = _Branches(fed)
        for node in order:
            branches.visit(node)


class _Branches:
    """The booleans that are known so far, and what is dead."""

    def __init__(self, fed: Container[str]) -> None:
        self._fed = fed
        self._flags: dict[str, bool] = {}
        self._dead: set[TensorName] = set()
        self._dead_nodes: set[str] = set()

    def visit(self, node: NodeDef) -> None:
        """Decide a node whose inputs have been visited."""
        inputs = data_inputs(node)
        alive = [tensor for tensor in inputs if not self._is_dead(tensor)]
        if node.op == "Merge" and len(alive) == 1 < len(inputs):
            _pass_on(node, alive[0])
        elif len(alive) < len(inputs) and (node.op != "Merge" or not alive):
            self._dead_nodes.add(node.name)
        else:
            self._learn(node, inputs)
            if node.op == "Switch" and inputs[-1].node in self._flags:
                self._dead.add(TensorName(node.name, int(not self._flags[inputs[-1].node])))
                _pass_on_both(node)

    def _is_dead(self, tensor: TensorName) -> bool:
        return tensor.node in self._dead_nodes or tensor in self._dead

    def _learn(self, node: NodeDef, inputs: Sequence[TensorName]) -> None:
        if node.op == "Const":
            tensor = attr_of(node, "value").tensor
            if tensor.dtype == DT_BOOL and not tensor.tensor_shape.dim:
                self._flags[node.name] = bool(decode(tensor))
        elif node.op in _LOGIC and node.name not in self._fed:
            flags = [self._flags.get(tensor.node) for tensor in inputs]
            if flags and None not in flags:
                self._flags[node.name] = _LOGIC[node.op](*flags)


def _pass_on(node: NodeDef, alive: TensorName) -> None:
    """Make an Identity of a Merge."""
    node.op, node.input[:] = "Identity", [str(alive)]
    if "N" in node.attr:
        del node.attr["N"]


def _pass_on_both(node: NodeDef) -> None:
    """Make an IdentityN of a Switch: its data twice."""
    dtype = attr_of(node, "T").type
    data = str(data_inputs(node)[0])
    node.op, node.input[:] = "IdentityN", [data, data]
    node.attr["T"].list.type.extend([dtype, dtype])
