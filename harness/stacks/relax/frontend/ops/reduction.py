"""Reductions over constant axes."""

from collections.abc import Callable
from typing import Any

from tvm import relax, topi

from harness.graphdef.tensors import DT_INT64
from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import converts

_REDUCTIONS = {
    "Mean": relax.op.mean,
    "Sum": relax.op.sum,
    "Max": relax.op.max,
    "Min": relax.op.min,
    "Prod": relax.op.prod,
}


def _register(op: str, function: Callable[..., Any]) -> None:
    @converts(op, inputs=2, types=FLOATS if op == "Mean" else ())
    def _(node: Node) -> Any:
        axes = [node.axis_from_front(axis, node.rank()) for axis in node.integers(1)]
        if not axes:  # no axes: TVM would reduce over all of them in some operations
            return node.inputs[0]
        return function(node.tensor(0), axes, node.attributes.flag("keep_dims"))


for _op, _function in _REDUCTIONS.items():
    _register(_op, _function)


@converts("EuclideanNorm", inputs=2, types=FLOATS)
def _norm(node: Node) -> Any:
    """The root of the sum of squares; over no axes of each number."""
    axes = [node.axis_from_front(axis, node.rank()) for axis in node.integers(1)]
    squares = node.bind("squares", relax.op.multiply(node.tensor(0), node.tensor(0)))
    if axes:
        kept = node.attributes.flag("keep_dims")
        squares = node.bind("sum", relax.op.sum(squares, axes, kept))
    return relax.op.sqrt(squares)


@converts("ArgMax", "ArgMin", inputs=(1, 2))
def _arg(node: Node) -> Any:
    """The index of the first of equal elements; int64 unless `output_type` is int32."""
    function = relax.op.argmax if node.op == "ArgMax" else relax.op.argmin
    axis = node.axis(1) if len(node) > 1 else 0
    wanted = node.attributes.dtype("output_type", DT_INT64)
    found = function(node.tensor(0), axis)
    return found if wanted == "int64" else relax.op.astype(node.bind("index", found), wanted)


@converts("All", "Any", inputs=2, types=("bool",))
def _logic(node: Node) -> Any:
    """Whether all or any of the booleans are true; over no axes each is its own result."""
    axes = sorted({node.axis_from_front(axis, node.rank()) for axis in node.integers(1)})
    if not axes:
        return node.inputs[0]
    function, kept = getattr(topi, node.op.lower()), node.attributes.flag("keep_dims")
    return node.computed(node.op.lower(), lambda x: function(x, axes, kept), node.tensor(0))
