"""Converting nodes one by one, those of the functions that they call too."""

from collections.abc import Mapping, Sequence
from typing import Any

import tvm

from harness.errors import GraphError, ParityError
from harness.graphdef.access import TensorName, data_inputs
from harness.graphdef.functions import MAX_DEPTH, MAX_INLINED_NODES, argument_name, called
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef, NodeDef
from harness.stacks.relax.frontend.constants import Constants, constant_nodes
from harness.stacks.relax.frontend.emission import Emission
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.placeholders import Parameter
from harness.stacks.relax.frontend.registry import CONVERTERS, check_ops
from harness.stacks.relax.frontend.unsupported import UnsupportedNodeError
from harness.stacks.relax.frontend.value import Computed, Known, NotATensorError, TensorList, Value

SHOWN = 200
"""Characters of a framework's error that are shown."""
FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What numpy, TVM and TensorFlow raise about a node whose inputs contradict each other."""


class Conversion:
    """The conversion of one graph, and the tensors it has made so far."""

    def __init__(self, graph: GraphDef, results: list[TensorName]) -> None:
        self._graph, self._results = graph, results
        self._emission = Emission(results)
        self._values: dict[str, list[Value | None]] = {}
        self._used = set(results)
        self._depth = self._expanded = 0

    def run(self, order: Sequence[NodeDef], inputs: Mapping[str, Parameter]) -> tvm.IRModule:
        """Convert all nodes and make the module; `inputs` are the placeholders that are fed."""
        for node in order:
            if node.name in inputs:
                made = inputs[node.name]
                parameter = self._emission.parameter(node.name, made.shape, made.dtype)
                self._values[node.name] = [parameter]
        self._convert(order)
        nodes = {node.name: node for node in order}
        returned = {}
        for name in self._results:
            try:
                returned[name] = self._value(name).expr
            except NotATensorError as error:
                raise _unsupported(nodes[name.node], "it gives a list of tensors") from error
        return self._emission.finish(returned, self._results)

    def _convert(self, order: Sequence[NodeDef]) -> None:
        """Convert the nodes that have no value yet."""
        self._used |= {tensor for node in order for tensor in data_inputs(node)}
        given = [node for node in order if node.name in self._values]
        converted = [node for node in order if node.name not in self._values]
        constants = Constants(converted, self._graph.versions)
        for node in given:
            constants.learn(node.name, self._values[node.name])
        for node in converted:
            try:
                self._values[node.name] = self._outputs(node, constants)
            except ParityError:
                raise
            except NotATensorError as error:
                raise _unsupported(node, str(error)) from error
            except FAILURES as error:
                raise GraphError(
                    f"node '{node.name}' ({node.op}) can't be converted: {_short_message(error)}"
                ) from error

    def _outputs(self, definition: NodeDef, constants: Constants) -> list[Value | None]:
        name = definition.name
        inputs = [self._value(tensor) for tensor in data_inputs(definition)]
        if constants.can_fold(definition):
            return [*constants.fold(definition, inputs)]
        check_ops([definition])
        made = CONVERTERS[definition.op].converted(
            Node(definition, inputs, self._emission, self._call)
        )
        exprs = made if isinstance(made, list) else [made]
        outputs = [self._bind(name, port, expr) for port, expr in enumerate(exprs)]
        constants.learn(name, outputs)
        return outputs

    def _call(self, function: str, arguments: Sequence[Value], name: str) -> list[Value]:
        """The outputs of a function of the graph, whose nodes become `name/node`."""
        graph = called(self._graph, function, len(arguments), name)
        order = ordered(graph, [name])
        self._expanded += len(order)
        if self._depth >= MAX_DEPTH or self._expanded > MAX_INLINED_NODES:
            raise GraphError(
                f"node '{name}': the functions that it calls nest deeper than {MAX_DEPTH} or grow "
                f"beyond {MAX_INLINED_NODES} nodes"
            )
        taken = next((node.name for node in order if node.name in self._values), None)
        if taken is not None:
            raise GraphError(f"node '{taken}' of the function '{function}': its name is taken")
        given = {argument_name(name, i): value for i, value in enumerate(arguments)}
        self._values |= {argument: [value] for argument, value in given.items()}
        known = {argument for argument, value in given.items() if isinstance(value, Known)}
        constant = constant_nodes(order, given, known)
        check_ops([node for node in order if node.name not in constant | given.keys()])
        self._depth += 1
        *_, result = order
        self._used |= {TensorName(name, port) for port, _ in enumerate(data_inputs(result))}
        self._convert(order)
        self._depth -= 1
        return [self._value(TensorName(name, port)) for port in range(len(data_inputs(result)))]

    def _bind(self, name: str, port: int, expr: Any) -> Value | None:
        """Bind an output; None where no node reads it or its converter gives none."""
        tensor = TensorName(name, port)
        if expr is None or tensor not in self._used:
            return None
        if isinstance(expr, Known | Computed | TensorList):
            return expr
        binding = str(tensor) if port else name
        return Computed(self._emission.bind(binding, name, expr, output=str(tensor)))

    def _value(self, tensor: TensorName) -> Value:
        outputs = self._values[tensor.node]
        found = outputs[tensor.port] if tensor.port < len(outputs) else None
        if found is None:
            raise GraphError(
                f"output {tensor.port} of node '{tensor.node}' is used, but not converted; "
                f"its converter gives {len(outputs)}"
            )
        return found


def _unsupported(node: NodeDef, reason: str) -> UnsupportedNodeError:
    return UnsupportedNodeError(f"node '{node.name}' ({node.op}): {reason}")


def _short_message(error: Exception) -> str:
    """The last line of an error, shortened: TVM begins with a description of the operation."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1] if len(lines[-1]) <= SHOWN else f"… {lines[-1][-SHOWN:]}"
