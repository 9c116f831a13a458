"""A Relax module in float16, by TVM's own mixed precision."""

from typing import Any

from tvm import relax, transform
from tvm.relax.expr_functor import PyExprMutator, mutator


def in_float16(module: Any) -> Any:
    """The module with convolutions and matrix products of float16 values, summed in float32.

    The operations after them are float16 where TVM's pass says so; the scores keep their type.
    """
    passes = [relax.transform.ConvertToDataflow(), relax.transform.ToMixedPrecision("float32")]
    return transform.Sequential(passes)(_without_clip(module))


def _without_clip(module: Any) -> Any:
    """`clip` by minimum and maximum: TVM 0.27's pass takes its bounds for tensors and fails."""
    written = _Unclipped(module)
    for name, function in module.functions_items():
        if isinstance(function, relax.Function):
            written.builder_.update_func(name, written.visit_expr(function))
    return written.builder_.get()


@mutator
class _Unclipped(PyExprMutator):  # type: ignore[misc]
    """Replaces each call of `relax.clip`."""

    def visit_call_(self, call: Any) -> Any:
        """min(max(x, low), high)."""
        call = self.visit_expr_post_order(call)
        if getattr(call.op, "name", "") != "relax.clip":
            return call
        x, *bounds = call.args
        low, high = (relax.const(float(one.value), str(x.ty.dtype)) for one in bounds)
        raised = self.builder_.emit(relax.op.maximum(x, low))
        return relax.op.minimum(raised, high)
