"""From a GraphDef to a Relax module: check everything, then convert node by node."""

from collections.abc import Mapping, Sequence
from typing import Any

import tvm
from google.protobuf.message import Message

from harness.errors import GraphError, ParityError
from harness.graphdef.access import TensorName, data_inputs
from harness.graphdef.functions import inlined
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef, NodeDef
from harness.stacks.relax.frontend import ops  # noqa: F401  fills the registry
from harness.stacks.relax.frontend.constants import Constants, constant_nodes
from harness.stacks.relax.frontend.emission import Emission
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.placeholders import (
    Parameter,
    fed_nodes,
    given_shapes,
    parameter,
)
from harness.stacks.relax.frontend.registry import CONVERTERS
from harness.stacks.relax.frontend.unsupported import unknown_ops
from harness.stacks.relax.frontend.value import Computed, Known, Value
from harness.stacks.relax.frontend.walk import read, wanted

SHOWN = 200
"""Characters of a framework's error that are shown."""
FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What numpy, TVM and TensorFlow raise about a node whose inputs contradict each other."""


def from_tensorflow(
    graph_def: Message | bytes | bytearray | memoryview,
    shape: Mapping[str, Sequence[int]] | None = None,
    outputs: Sequence[str] | None = None,
) -> tvm.IRModule:
    """A module whose function `main` computes the outputs of a frozen TensorFlow graph.

    `graph_def` is TensorFlow's GraphDef, the harness's own, or the bytes of one. `shape` gives the
    shapes of placeholders that the graph leaves open; naming a PlaceholderWithDefault in it makes
    that one a parameter, which else becomes its default. `outputs` are any tensors (`softmax`,
    `split:1`); left out, they are the tensors that no node reads.

    `main` has one parameter a placeholder that the outputs need; its attributes `tf_inputs` and
    `tf_outputs` list TensorFlow's names by position. It returns the tensor, or a tuple of several.
    Every node has a binding of its own name; intermediate steps are called `name/step`, further
    outputs `name:1`; the spans of all of them name the node. Nodes that return their input, such as
    Identity, have none. Weights are constants of the module, layouts are the graph's.

    Raises UnsupportedOpError, naming all nodes of all unknown operations, before anything is
    built; UnsupportedNodeError for a node used in an unknown way; GraphError for a graph that
    contradicts itself and for unknown names.
    """
    graph = inlined(read(graph_def))
    results = wanted(graph, outputs)
    order = ordered(graph, [name.node for name in results])
    given = given_shapes(graph, shape or {})
    fed = fed_nodes(order, given)
    constant = constant_nodes(order, fed)
    _check_ops([n for n in order if n.name not in constant and n.name not in fed])
    version = graph.versions.producer
    inputs = {name: parameter(node, version, given.get(name)) for name, node in fed.items()}
    return _Import(graph, order, results, inputs, constant).run()


def _check_ops(converted: list[NodeDef]) -> None:
    """One error for all unknown operations; then one for a node with too many or few inputs."""
    unknown: dict[str, list[str]] = {}
    for node in converted:
        if node.op not in CONVERTERS:
            unknown.setdefault(node.op, []).append(node.name)
    if unknown:
        raise unknown_ops(unknown, CONVERTERS)
    for node in converted:
        CONVERTERS[node.op].check(node, len(data_inputs(node)))


class _Import:
    """The conversion of one graph, and the tensors it has made so far."""

    def __init__(
        self,
        graph: GraphDef,
        order: list[NodeDef],
        results: list[TensorName],
        inputs: Mapping[str, Parameter],
        constant: set[str],
    ) -> None:
        self.order, self.results, self.inputs, self.constant = order, results, inputs, constant
        self.emission = Emission(results)
        self.values: dict[str, list[Value | None]] = {}
        self.constants = Constants([n for n in order if n.name in constant], graph.versions)
        self.used = {tensor for node in order for tensor in data_inputs(node)} | set(results)

    def run(self) -> tvm.IRModule:
        """Convert all nodes and make the module."""
        for node in self.order:
            try:
                self.values[node.name] = self._outputs(node)
            except ParityError:
                raise
            except FAILURES as error:
                raise GraphError(
                    f"node '{node.name}' ({node.op}) can't be converted: {_short_message(error)}"
                ) from error
        returned = {name: self._value(name).expr for name in self.results}
        return self.emission.finish(returned, self.results)

    def _outputs(self, definition: NodeDef) -> list[Value | None]:
        name = definition.name
        if name in self.inputs:
            parameter = self.inputs[name]
            return [self.emission.parameter(name, parameter.shape, parameter.dtype)]
        inputs = [self._value(tensor) for tensor in data_inputs(definition)]
        if name in self.constant:
            return [*self.constants.fold(definition, inputs)]
        made = CONVERTERS[definition.op].convert(Node(definition, inputs, self.emission))
        outputs = made if isinstance(made, list) else [made]
        return [self._bind(name, port, expr) for port, expr in enumerate(outputs)]

    def _bind(self, name: str, port: int, expr: Any) -> Value | None:
        """Bind an output; None where no node reads it or its converter gives none."""
        tensor = TensorName(name, port)
        if expr is None or tensor not in self.used:
            return None
        if isinstance(expr, Known | Computed):
            return expr
        binding = str(tensor) if port else name
        return Computed(self.emission.bind(binding, name, expr, output=str(tensor)))

    def _value(self, tensor: TensorName) -> Value:
        outputs = self.values[tensor.node]
        found = outputs[tensor.port] if tensor.port < len(outputs) else None
        if found is None:
            raise GraphError(
                f"output {tensor.port} of node '{tensor.node}' is used, but not converted; "
                f"its converter gives {len(outputs)}"
            )
        return found


def _short_message(error: Exception) -> str:
    """The last line of an error, shortened: TVM begins with a description of the operation."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1] if len(lines[-1]) <= SHOWN else f"… {lines[-1][-SHOWN:]}"
