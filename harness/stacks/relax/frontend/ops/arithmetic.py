"""Element by element: sums, products, powers, roots and rounding."""

from collections.abc import Callable
from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import UNBOUNDED, converts

_ANY_TYPE = {
    "Neg": relax.op.negative,
    "Abs": relax.op.abs,
    "Sign": relax.op.sign,
}
_FLOAT_ONLY = {
    "Sqrt": relax.op.sqrt,
    "Rsqrt": relax.op.rsqrt,
    "Exp": relax.op.exp,
    "Log": relax.op.log,
    "Erf": relax.op.erf,
    "Floor": relax.op.floor,
    "Ceil": relax.op.ceil,
    # Half to even, in both. For integers TensorFlow 2.21's Round gives 0, so they are not taken.
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
    # TVM divides integers towards zero, as TensorFlow's Div does; RealDiv takes no integers.
    "Div": relax.op.divide,
    "RealDiv": relax.op.divide,
}


def _register_unary(op: str, function: Callable[..., Any], types: tuple[str, ...]) -> None:
    @converts(op, types=types)
    def _(node: Node) -> Any:
        return function(node.tensor(0))


for _op, _function in (_ANY_TYPE | _FLOAT_ONLY).items():
    _register_unary(_op, _function, FLOATS if _op in _FLOAT_ONLY else ())


def _register_pair(op: str, function: Callable[..., Any]) -> None:
    @converts(op, inputs=2)
    def _(node: Node) -> Any:
        return function(node.tensor(0), node.tensor(1))


for _op, _function in _PAIRS.items():
    _register_pair(_op, _function)


@converts("Square")
def _square(node: Node) -> Any:
    return relax.op.multiply(node.tensor(0), node.tensor(0))


@converts("Reciprocal", "Inv", types=FLOATS)
def _reciprocal(node: Node) -> Any:
    return relax.op.divide(node.scalar_like(0, 1), node.tensor(0))


@converts("SquaredDifference", inputs=2)
def _squared_difference(node: Node) -> Any:
    difference = node.bind("difference", relax.op.subtract(node.tensor(0), node.tensor(1)))
    return relax.op.multiply(difference, difference)


@converts("Pow", inputs=2, types=FLOATS)
def _power(node: Node) -> Any:
    return relax.op.power(node.tensor(0), node.tensor(1))


@converts("ClipByValue", inputs=3)
def _clipped(node: Node) -> Any:
    """At most input 2, then at least input 1."""
    below = node.bind("below", relax.op.minimum(node.tensor(0), node.tensor(2)))
    return relax.op.maximum(below, node.tensor(1))


@converts("Erfc", types=FLOATS)
def _erfc(node: Node) -> Any:
    """1 − erf(x). For x beyond 1 the small result has few correct digits: an absolute error."""
    return relax.op.subtract(node.scalar_like(0, 1), node.bind("erf", relax.op.erf(node.tensor(0))))


@converts("FloorMod", inputs=2)
def _floor_mod(node: Node) -> Any:
    """Has the divisor's sign. Floats: fmod, corrected, since x − floor(x / y)·y rounds twice.

    tensorflow/core/kernels/cwise_ops.h, google_floor_fmod.
    """
    a, b = node.tensor(0), node.tensor(1)
    if node.dtype() not in FLOATS:
        return relax.op.floor_mod(a, b)
    zero = node.scalar_like(0, 0)
    rest = node.bind("rest", relax.op.mod(a, b))
    one_negative = node.bind(
        "signs",
        relax.op.logical_xor(_negative(node, "rest", rest, zero), _negative(node, "by", b, zero)),
    )
    nonzero = node.bind("nonzero", relax.op.not_equal(rest, zero))
    wrong = node.bind("wrong", relax.op.logical_and(nonzero, one_negative))
    return relax.op.where(wrong, node.bind("other", relax.op.add(rest, b)), rest)


def _negative(node: Node, name: str, tensor: Any, zero: Any) -> Any:
    return node.bind(f"{name}_negative", relax.op.less(tensor, zero))


@converts("AddN", inputs=(1, UNBOUNDED))
def _sum_of_all(node: Node) -> Any:
    total, *rest = node.tensors()
    for count, tensor in enumerate(rest, 1):
        last = relax.op.add(total, tensor)
        total = last if count == len(rest) else node.bind(str(count), last)
    return total


@converts("Cast")
def _cast(node: Node) -> Any:
    """Rounds towards zero from floats to integers."""
    return relax.op.astype(node.tensor(0), node.attributes.dtype("DstT"))
