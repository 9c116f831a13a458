"""Elementary functions of real numbers."""

from collections.abc import Callable
from typing import Any

from tvm import relax, te, tirx

from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import converts

_FUNCTIONS = {
    "Tan": relax.op.tan,
    "Asin": relax.op.asin,
    "Acos": relax.op.acos,
    "Atan": relax.op.atan,
    "Sinh": relax.op.sinh,
    "Cosh": relax.op.cosh,
    "Asinh": relax.op.asinh,
    "Acosh": relax.op.acosh,
}
# Of the C library: TVM's atanh is off by 8 000 ULP near 0, and it has no expm1.
_OF_C = {"Log1p": "log1p", "Expm1": "expm1", "Atanh": "atanh"}
_TESTS = {"IsNan": relax.op.isnan, "IsInf": relax.op.isinf, "IsFinite": relax.op.isfinite}


def _register(op: str, function: Callable[[Any], Any]) -> None:
    @converts(op, types=FLOATS)
    def _(node: Node) -> Any:
        return function(node.tensor(0))


for _op, _function in (_FUNCTIONS | _TESTS).items():
    _register(_op, _function)


def _register_of_c(op: str, name: str) -> None:
    @converts(op, types=FLOATS)
    def _(node: Node) -> Any:
        return of_c(node, name, node.tensor(0))


def of_c(node: Node, name: str, *tensors: Any) -> Any:
    """A call of the C library's function for each element; float16 is computed in float32."""
    wide = "float64" if node.dtype() == "float64" else "float32"
    symbol = name if wide == "float64" else f"{name}f"

    def apply(*inputs: Any) -> Any:
        def element(*index: Any) -> Any:
            numbers = [tensor(*index).astype(wide) for tensor in inputs]
            return tirx.call_pure_extern(wide, symbol, *numbers).astype(inputs[0].dtype)

        return te.compute(inputs[0].shape, element, name=name)

    return node.computed(name, apply, *tensors)


for _op, _symbol in _OF_C.items():
    _register_of_c(_op, _symbol)


@converts("Atan2", inputs=2, types=FLOATS)
def _atan2(node: Node) -> Any:
    return relax.op.atan2(node.tensor(0), node.tensor(1))
