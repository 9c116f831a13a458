"""Comparisons, logic and choice."""

from collections.abc import Callable
from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts

_PAIRS = {
    "Less": relax.op.less,
    "LessEqual": relax.op.less_equal,
    "Greater": relax.op.greater,
    "GreaterEqual": relax.op.greater_equal,
    "LogicalAnd": relax.op.logical_and,
    "LogicalOr": relax.op.logical_or,
}


def _register(op: str, function: Callable[..., Any]) -> None:
    @converts(op, inputs=2)
    def _(node: Node) -> Any:
        return function(node.tensor(0), node.tensor(1))


for _op, _function in _PAIRS.items():
    _register(_op, _function)


@converts("NotEqual", inputs=2)
def _not_equal(node: Node) -> Any:
    """TVM 0.27 compares booleans by a floating-point instruction, which LLVM refuses."""
    function = relax.op.logical_xor if node.dtype() == "bool" else relax.op.not_equal
    return function(node.tensor(0), node.tensor(1))


@converts("Equal", inputs=2)
def _equal(node: Node) -> Any:
    if node.dtype() == "bool":
        other = relax.op.logical_xor(node.tensor(0), node.tensor(1))
        return relax.op.logical_not(node.bind("other", other))
    return relax.op.equal(node.tensor(0), node.tensor(1))


@converts("LogicalNot")
def _not(node: Node) -> Any:
    return relax.op.logical_not(node.tensor(0))


@converts("SelectV2", inputs=3)
def _select(node: Node) -> Any:
    return relax.op.where(*node.tensors())


@converts("Select", inputs=3)
def _select_rows(node: Node) -> Any:
    """A condition of rank 1 selects whole rows."""
    condition = node.tensor(0)
    if node.rank(0) == 1 and node.rank(1) > 1:
        rows = [*node.shape(0), *[1] * (node.rank(1) - 1)]
        condition = node.bind("rows", relax.op.reshape(condition, rows))
    return relax.op.where(condition, node.tensor(1), node.tensor(2))
