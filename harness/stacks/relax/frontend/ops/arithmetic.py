"""Element by element: sums, products, powers, roots and rounding."""

from collections.abc import Callable
from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import MANY, converts

_ANY = {
    "Neg": relax.op.negative,
    "Abs": relax.op.abs,
    "Sign": relax.op.sign,
}
_REAL = {
    "Sqrt": relax.op.sqrt,
    "Rsqrt": relax.op.rsqrt,
    "Exp": relax.op.exp,
    "Log": relax.op.log,
    "Erf": relax.op.erf,
    "Floor": relax.op.floor,
    "Ceil": relax.op.ceil,
    # Half to even, in both. Of whole numbers TensorFlow 2.21's Round makes 0, so none are taken.
    "Round": relax.op.round,
    "Rint": relax.op.round,
    "Sin": relax.op.sin,
    "Cos": relax.op.cos,
}
_PAIRS = {
    "Add": relax.op.add,
    "AddV2": relax.op.add,
    "Sub": relax.op.subtract,
    "Mul": relax.op.multiply,
    "Maximum": relax.op.maximum,
    "Minimum": relax.op.minimum,
    "FloorDiv": relax.op.floor_divide,
    # TVM divides whole numbers towards zero, as does TensorFlow's Div; RealDiv takes none.
    "Div": relax.op.divide,
    "RealDiv": relax.op.divide,
}


def _register_unary(op: str, function: Callable[..., Any], real: bool) -> None:
    @converts(op)
    def _(node: Node) -> Any:
        if real:
            node.require_float()
        return function(node.tensor(0))


for _op, _function in (_ANY | _REAL).items():
    _register_unary(_op, _function, _op in _REAL)


def _register_pair(op: str, function: Callable[..., Any]) -> None:
    @converts(op, inputs=2)
    def _(node: Node) -> Any:
        return function(node.tensor(0), node.tensor(1))


for _op, _function in _PAIRS.items():
    _register_pair(_op, _function)


@converts("Square")
def _square(node: Node) -> Any:
    return relax.op.multiply(node.tensor(0), node.tensor(0))


@converts("Reciprocal", "Inv")
def _reciprocal(node: Node) -> Any:
    node.require_float()
    return relax.op.divide(node.like(0, 1), node.tensor(0))


@converts("SquaredDifference", inputs=2)
def _squared_difference(node: Node) -> Any:
    difference = node.part("difference", relax.op.subtract(node.tensor(0), node.tensor(1)))
    return relax.op.multiply(difference, difference)


@converts("Pow", inputs=2)
def _power(node: Node) -> Any:
    node.require_float()
    return relax.op.power(node.tensor(0), node.tensor(1))


@converts("Erfc")
def _erfc(node: Node) -> Any:
    """1 − erf: beyond 1 the digits of a small result are lost, as float32 sums need none."""
    node.require_float()
    return relax.op.subtract(node.like(0, 1), node.part("erf", relax.op.erf(node.tensor(0))))


@converts("FloorMod", inputs=2)
def _floor_mod(node: Node) -> Any:
    """The divisor's sign. Real numbers: fmod, corrected, since x − floor(x / y)·y rounds twice.

    tensorflow/core/kernels/cwise_ops.h, google_floor_fmod.
    """
    a, b = node.tensor(0), node.tensor(1)
    if node.dtype() not in FLOATS:
        return relax.op.floor_mod(a, b)
    zero = node.like(0, 0)
    rest = node.part("rest", relax.op.mod(a, b))
    one_negative = node.part(
        "signs",
        relax.op.logical_xor(_negative(node, "rest", rest, zero), _negative(node, "by", b, zero)),
    )
    some = node.part("some", relax.op.not_equal(rest, zero))
    wrong = node.part("wrong", relax.op.logical_and(some, one_negative))
    return relax.op.where(wrong, node.part("other", relax.op.add(rest, b)), rest)


def _negative(node: Node, name: str, tensor: Any, zero: Any) -> Any:
    return node.part(f"{name}_negative", relax.op.less(tensor, zero))


@converts("AddN", inputs=(1, MANY))
def _sum_of_all(node: Node) -> Any:
    total, *rest = node.tensors()
    for count, tensor in enumerate(rest, 1):
        last = relax.op.add(total, tensor)
        total = last if count == len(rest) else node.part(str(count), last)
    return total


@converts("Cast")
def _cast(node: Node) -> Any:
    """Towards zero where real numbers become whole ones."""
    return relax.op.astype(node.tensor(0), node.attributes.dtype("DstT"))
