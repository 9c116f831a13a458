"""Quotients and products that are 0 where one factor is, whatever the other."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import converts


def _zero_where(node: Node, index: int, otherwise: Any) -> Any:
    """0 where an input is 0, else a result."""
    zero = node.scalar_like(index, 0)
    is_zero = node.bind("is_zero", relax.op.equal(node.tensor(index), zero))
    return relax.op.where(is_zero, zero, node.bind("otherwise", otherwise))


@converts("DivNoNan", inputs=2, types=FLOATS)
def _quotient(node: Node) -> Any:
    """x / y, 0 where y is 0."""
    return _zero_where(node, 1, relax.op.divide(node.tensor(0), node.tensor(1)))


@converts("MulNoNan", inputs=2, types=FLOATS)
def _product(node: Node) -> Any:
    """x · y, 0 where y is 0."""
    return _zero_where(node, 1, relax.op.multiply(node.tensor(0), node.tensor(1)))


@converts("Xdivy", inputs=2, types=FLOATS)
def _quotient_of(node: Node) -> Any:
    """x / y, 0 where x is 0."""
    return _zero_where(node, 0, relax.op.divide(node.tensor(0), node.tensor(1)))


@converts("Xlogy", inputs=2, types=FLOATS)
def _times_logarithm(node: Node) -> Any:
    """x · log(y), 0 where x is 0."""
    logarithm = node.bind("log", relax.op.log(node.tensor(1)))
    return _zero_where(node, 0, relax.op.multiply(node.tensor(0), logarithm))
