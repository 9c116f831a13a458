"""Constant folding by numpy.

TVM's FoldConstant compiles a kernel for each operation: 6 to 30 s for a network from tf2onnx. Only
operations that numpy rounds as the kernels do are here; the others are left to FoldConstant.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tvm
from tvm import relax
from tvm.relax.expr_functor import PyExprMutator, mutator

from harness.stacks.relax.constant import constant
from harness.stacks.relax.packed.expressions import Array, array_of, op_name, static_shape

Evaluate = Callable[[Any, Sequence[Array]], Array]


def _axes(call: Any) -> tuple[int, ...] | None:
    axes = call.attrs.axes
    return None if axes is None else tuple(int(axis) for axis in axes)


def _reshaped(call: Any, arrays: Sequence[Array]) -> Array:
    return arrays[0].reshape(static_shape(call))


def _cast(call: Any, arrays: Sequence[Array]) -> Array:
    with np.errstate(all="ignore"):
        return arrays[0].astype(str(call.attrs.dtype))


def _arithmetic(function: Callable[..., Any]) -> Evaluate:
    def evaluate(_: Any, arrays: Sequence[Array]) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(function(*arrays))

    return evaluate


EVALUATE: dict[str, Evaluate] = {
    "relax.permute_dims": lambda call, arrays: arrays[0].transpose(_axes(call)),
    "relax.reshape": _reshaped,
    "relax.expand_dims": _reshaped,
    "relax.squeeze": _reshaped,
    "relax.flatten": _reshaped,
    "relax.astype": _cast,
    "relax.add": _arithmetic(np.add),
    "relax.subtract": _arithmetic(np.subtract),
    "relax.multiply": _arithmetic(np.multiply),
    "relax.divide": _arithmetic(np.true_divide),
    "relax.negative": _arithmetic(np.negative),
    "relax.sqrt": _arithmetic(np.sqrt),
    "relax.isnan": _arithmetic(np.isnan),
    "relax.where": _arithmetic(np.where),
}


@mutator
class _Folding(PyExprMutator):  # type: ignore[misc]
    """Replaces calls whose arguments are all constants, and variables bound to constants."""

    def visit_call_(self, call: Any) -> Any:
        call = self.builder_.normalize(super().visit_call_(call))
        evaluate = EVALUATE.get(op_name(call))
        if evaluate is None or static_shape(call) is None:
            return call
        arrays = [self._value(arg) for arg in call.args if not isinstance(arg, relax.ShapeExpr)]
        if not arrays or any(array is None for array in arrays):
            return call
        return self._constant_or_call(call, evaluate(call, [a for a in arrays if a is not None]))

    def _value(self, expr: Any) -> Array | None:
        bound = self.lookup_binding(expr) if isinstance(expr, relax.Var) else expr
        return array_of(bound)

    @staticmethod
    def _constant_or_call(call: Any, array: Array) -> Any:
        """The constant where it has the type that Relax derived for the call, else the call."""
        same = str(array.dtype) == str(call.ty.dtype) and array.shape == static_shape(call)
        return constant(array) if same else call


def fold_constants(module: tvm.IRModule) -> tvm.IRModule:
    """The module with every operation of `EVALUATE` on constants replaced by its value."""
    folding = _Folding(module)
    for name, function in module.functions_items():
        if isinstance(function, relax.Function):
            folding.builder_.update_func(name, folding.visit_expr(function))
    cleanup = [relax.transform.CanonicalizeBindings(), relax.transform.DeadCodeElimination()]
    return tvm.transform.Sequential(cleanup)(folding.builder_.get())
