"""Queries on Relax expressions: operation, shape, value."""

from typing import Any

from numpy.typing import NDArray
from tvm import ir, relax, tirx

from harness.stacks.relax.releases import constant_value

Array = NDArray[Any]


def op_name(expr: Any) -> str:
    """The name of the operation that an expression calls; empty where it calls none."""
    is_call = isinstance(expr, relax.Call) and isinstance(expr.op, ir.Op)
    return str(expr.op.name) if is_call else ""


def is_tensor(expr: Any) -> bool:
    """Whether the expression is a tensor, rather than a number, a shape or a tuple."""
    return isinstance(getattr(expr, "ty", None), relax.TensorType)


def static_shape(expr: Any) -> tuple[int, ...] | None:
    """The shape of a tensor; None where a dimension is only known when the module runs."""
    if not is_tensor(expr) or not isinstance(expr.ty.shape, relax.ShapeExpr):
        return None
    sizes = list(expr.ty.shape.values)
    if not all(isinstance(size, int | tirx.IntImm) for size in sizes):
        return None
    return tuple(int(size) for size in sizes)


def array_of(expr: Any) -> Array | None:
    """The value of a constant expression; None for any other expression."""
    return constant_value(expr)
