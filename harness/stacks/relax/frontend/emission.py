"""Relax bindings under TensorFlow's own names, with a span that names the node each comes from.

The dataflow block is assembled by hand: `BlockBuilder.emit` would replace dots in names, number
names that are taken, and drop the spans of variables.
"""

from typing import Any

import tvm
from tvm import relax
from tvm.ir.base import SourceName, Span

from harness.graphdef.access import TensorName
from harness.stacks.relax.frontend.value import Computed, checked_shape


class Emission:
    """The module under construction: its parameters and bindings so far."""

    def __init__(self, outputs: list[TensorName]) -> None:
        self.builder = relax.BlockBuilder()
        self._outputs = set(map(str, outputs))
        self._parameters: list[Any] = []
        self._bindings: list[Any] = []
        self._visible: set[str] = set()

    def parameter(self, node: str, shape: tuple[int, ...], dtype: str) -> Computed:
        """A parameter of `main` under the placeholder's name."""
        made = relax.Var(node, relax.TensorType(shape, dtype), span_of(node))
        self._parameters.append(made)
        return Computed(made)

    def bind(self, name: str, node: str, expr: Any, *, output: str = "") -> Any:
        """Bind a call to a variable `name`; a variable or constant needs no binding.

        `output` is the tensor this is, if any: those that `main` returns must be visible outside
        the dataflow block.
        """
        if not isinstance(expr, relax.Call):
            return expr
        span = span_of(node)
        call = relax.Call(expr.op, expr.args, expr.attrs, expr.ty_args, span)
        call = self.builder.normalize(call)
        checked_shape(Computed(call).shape)
        return self._add_binding(name, call, span, output in self._outputs)

    def _add_binding(self, name: str, value: Any, span: Any, visible: bool) -> Any:
        kind = relax.Var if visible else relax.DataflowVar
        made = kind(name, value.ty, span)
        self._bindings.append(relax.VarBinding(made, value))
        return made

    def finish(self, returned: dict[TensorName, Any], order: list[TensorName]) -> Any:
        """The module, whose `main` returns one tensor, or a tuple of several in the given order."""
        results = {name: self._returnable(name, expr) for name, expr in returned.items()}
        body = [results[name] for name in order]
        body = body[0] if len(body) == 1 else relax.Tuple(body)
        block = relax.DataflowBlock(self._bindings)
        sequence = relax.SeqExpr([block] if self._bindings else [], body)
        body_type = self.builder.normalize(sequence).ty
        function = relax.Function(self._parameters, sequence, body_type, True)
        function = function.with_attr("global_symbol", "main")
        function = function.with_attr("tf_inputs", [p.name for p in self._parameters])
        function = function.with_attr("tf_outputs", [str(name) for name in order])
        module = self.builder.get()
        module["main"] = self.builder.normalize(function)
        return module

    def _returnable(self, name: TensorName, expr: Any) -> Any:
        """The variable to return: an Identity's, a placeholder's or a constant's needs a binding.

        What is inside the dataflow block can't be returned, and TVM's VM wants no bare constant.
        """
        inside = isinstance(expr, relax.DataflowVar)
        own = isinstance(expr, relax.Var) and not inside
        if own and not any(expr.same_as(parameter) for parameter in self._parameters):
            return expr
        return self._add_binding(
            name.node if not name.port else str(name), expr, span_of(name.node), True
        )


def span_of(node: str) -> Any:
    """A span whose source is a TensorFlow node."""
    return Span(SourceName(node), 0, 0, 0, 0)


def spans(module: tvm.IRModule) -> dict[str, list[str]]:
    """TensorFlow node → names of the bindings made for it, in their order.

    >>> import numpy as np
    >>> from harness.stacks.relax.frontend import from_tensorflow
    >>> from harness.graphdef.wire import GraphDef
    >>> from harness.graphdef.build import add_node
    >>> graph = GraphDef()
    >>> x = add_node(graph, "x", "Placeholder", [], dtype=("type", 1))
    >>> y = add_node(graph, "net/act.1", "Relu", [x])
    >>> spans(from_tensorflow(graph, {"x": (1, 3)}))
    {'net/act.1': ['net/act.1']}
    """
    found: dict[str, list[str]] = {}
    for block in module["main"].body.blocks:
        for binding in block.bindings:
            found.setdefault(binding.var.span.source_name.name, []).append(binding.var.name)
    return found
