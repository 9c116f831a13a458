"""Conversion from NCHW to NHWC, the layout that the kernels of this package need.

A convolution in NCHW becomes one in NHWC between two transposes; transposes are then moved down the
graph through operations that also exist in NHWC, and cancelled where they meet. Relax's own
ConvertLayout stops at kernels that a frontend wrote: the ONNX frontend writes Clip and Pad so.
"""

from collections.abc import Sequence
from typing import Any

import tvm
from tvm import relax, tirx
from tvm.relax.expr_functor import PyExprMutator, mutator

from harness.stacks.relax.constant import constant
from harness.stacks.relax.packed import nhwc_ops
from harness.stacks.relax.packed.constants import fold_constants
from harness.stacks.relax.packed.expressions import array_of, is_tensor, op_name, static_shape
from harness.stacks.relax.packed.nhwc_ops import NCHW_TO_NHWC, NHWC_TO_NCHW, RANK


def channels_last(module: tvm.IRModule) -> tvm.IRModule:
    """The module with its constants folded and its convolutions in NHWC with HWIO weights."""
    module = fold_constants(module)
    if not _has_channels_first(module):
        return module
    converter = _NhwcConverter(module)
    for name, function in module.functions_items():
        if isinstance(function, relax.Function):
            converter.builder_.update_func(name, converter.visit_expr(function))
    return fold_constants(converter.builder_.get())


def _has_channels_first(module: tvm.IRModule) -> bool:
    found = []

    def visit(expr: Any) -> None:
        if _is_channels_first_conv2d(expr):
            found.append(expr)

    for _, function in module.functions_items():
        if isinstance(function, relax.Function):
            relax.analysis.post_order_visit(function, visit)
    return bool(found)


def _is_channels_first_conv2d(expr: Any) -> bool:
    return op_name(expr) == "relax.nn.conv2d" and str(expr.attrs.data_layout) == "NCHW"


def _is_image(expr: Any) -> bool:
    shape = static_shape(expr)
    return shape is not None and len(shape) == RANK


@mutator
class _NhwcConverter(PyExprMutator):  # type: ignore[misc]
    """Converts operations whose inputs are transposed from NHWC, and cancels transposes."""

    def __init__(self, module: tvm.IRModule) -> None:
        super().__init__(module)
        self.module = module
        self.kernels: dict[tuple[str, tuple[int, ...]], Any] = {}

    def visit_call_(self, call: Any) -> Any:
        call = self.builder_.normalize(super().visit_call_(call))
        if op_name(call) == "relax.permute_dims":
            return self._without_inverse(call)
        converted = self._nhwc_call(call)
        if converted is None:
            return call
        result = self.builder_.emit(converted)
        if not _is_image(result):
            return result
        return relax.op.permute_dims(result, list(NHWC_TO_NCHW))

    def _without_inverse(self, call: Any) -> Any:
        """A transpose; where its input is the inverse transpose, the input of that."""
        axes = call.attrs.axes
        if axes is None:
            return call
        inverse = sorted(range(len(axes)), key=lambda place: int(axes[place]))
        source = self._transposed_from(call.args[0], inverse)
        return call if source is None else source

    def _transposed_from(self, expr: Any, axes: Sequence[int]) -> Any | None:
        """The tensor whose transpose by those axes `expr` is; None where it is none."""
        bound = self.lookup_binding(expr) if isinstance(expr, relax.Var) else expr
        if op_name(bound) != "relax.permute_dims" or bound.attrs.axes is None:
            return None
        same = [int(axis) for axis in bound.attrs.axes] == list(axes)
        return bound.args[0] if same else None

    def _nhwc_call(self, call: Any) -> Any | None:
        """The call on NHWC images, its result in NHWC; None to leave it as it is."""
        name = op_name(call)
        if name in nhwc_ops.LAYOUT_OPS:
            return self._layout_op(call, name)
        if name == "relax.concat" and isinstance(call.args[0], relax.Tuple):
            images = self._nhwc_inputs(call.args[0].fields)
            return None if images is None else nhwc_ops.concat(call, images)
        if name in nhwc_ops.ELEMENTWISE and _is_image(call):
            inputs = self._nhwc_inputs(call.args)
            return None if inputs is None else relax.Call(call.op, inputs, call.attrs, call.ty_args)
        if name == "relax.call_tir" and isinstance(call.args[1], relax.Tuple):
            return self._kernel_call(call)
        return None

    def _layout_op(self, call: Any, name: str) -> Any | None:
        attrs, image = call.attrs, self._transposed_from(call.args[0], NHWC_TO_NCHW)
        layout = getattr(attrs, "layout", None) or getattr(attrs, "data_layout", None) or "NCHW"
        out_layout = getattr(attrs, "out_layout", None) or layout
        if str(layout) != "NCHW" or str(out_layout) != "NCHW":
            return None
        if image is None and _is_channels_first_conv2d(call) and _is_image(call.args[0]):
            image = self._to_nhwc(call.args[0])
        return None if image is None else nhwc_ops.LAYOUT_OPS[name](call, [image])

    def _nhwc_inputs(self, args: Sequence[Any]) -> list[Any] | None:
        """The arguments with all tensors in NHWC; None unless one of them comes from NHWC."""
        if all(self._transposed_from(arg, NHWC_TO_NCHW) is None for arg in args):
            return None
        inputs = [self._nhwc_input(arg) if is_tensor(arg) else arg for arg in args]
        return None if any(arg is None for arg in inputs) else inputs

    def _nhwc_input(self, tensor: Any) -> Any | None:
        """An image in NHWC, or a scalar as it is; None for other ranks and shapes."""
        shape, array = static_shape(tensor), array_of(tensor)
        if shape is None or not shape:
            return None if shape is None else tensor
        if array is not None:
            return constant(
                array.reshape((1,) * (RANK - array.ndim) + shape).transpose(NCHW_TO_NHWC)
            )
        if len(shape) != RANK:
            return None
        source = self._transposed_from(tensor, NHWC_TO_NCHW)
        return self._to_nhwc(tensor) if source is None else source

    def _to_nhwc(self, image: Any) -> Any:
        return self.builder_.emit(relax.op.permute_dims(image, list(NCHW_TO_NHWC)))

    def _kernel_call(self, call: Any) -> Any | None:
        inputs, out = list(call.args[1].fields), call.ty_args[0]
        if not _is_image(call) or any(static_shape(arg) is None for arg in inputs):
            return None
        ranks = [len(static_shape(arg) or ()) for arg in inputs]
        converted = self._nhwc_inputs(inputs) if set(ranks) <= {0, RANK} else None
        if converted is None:
            return None
        name = self._nhwc_kernel(call.args[0], tuple(i for i, rank in enumerate(ranks) if rank))
        if name is None:
            return None
        shape = [out.shape.values[axis] for axis in NCHW_TO_NHWC]
        return relax.call_tir(name, converted, relax.TensorType(shape, out.dtype))

    def _nhwc_kernel(self, name: Any, images: tuple[int, ...]) -> Any | None:
        """The name of the kernel that takes its images in NHWC, made at its first call."""
        key = (str(name.name_hint), images)
        if key not in self.kernels:
            function = self.module[name]
            if isinstance(function, tirx.PrimFunc):
                function = nhwc_ops.kernel(function, images)
            hint = f"{name.name_hint}_channels_last"
            made = None if function is None else self.builder_.add_func(function, hint)
            self.kernels[key] = made
        return self.kernels[key]
