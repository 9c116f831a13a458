"""Channels first to channels last, which is what the kernels here are written for.

A convolution in NCHW becomes one in NHWC between two transposes; then transposes travel down the
graph through whatever works on images as well in NHWC, and cancel where they meet. Relax's own
ConvertLayout stops at kernels that a frontend wrote itself: the ONNX one writes Clip and Pad so.
"""

from collections.abc import Sequence
from typing import Any

import tvm
from tvm import relax, tirx
from tvm.relax.expr_functor import PyExprMutator, mutator

from harness.stacks.relax.constant import constant
from harness.stacks.relax.packed import turned_ops
from harness.stacks.relax.packed.constants import fold_constants
from harness.stacks.relax.packed.expressions import array_of, is_tensor, op_name, static_shape
from harness.stacks.relax.packed.turned_ops import FROM_LAST, RANK, TO_LAST


def channels_last(module: tvm.IRModule) -> tvm.IRModule:
    """The module with its constants folded and its convolutions in NHWC with HWIO weights."""
    module = fold_constants(module)
    if not _has_channels_first(module):
        return module
    turning = _Turning(module)
    for name, function in module.functions_items():
        if isinstance(function, relax.Function):
            turning.builder_.update_func(name, turning.visit_expr(function))
    return fold_constants(turning.builder_.get())


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
class _Turning(PyExprMutator):  # type: ignore[misc]
    """Turns operations whose images come from NHWC, and cancels transposes."""

    def __init__(self, module: tvm.IRModule) -> None:
        super().__init__(module)
        self.module = module
        self.kernels: dict[tuple[str, tuple[int, ...]], Any] = {}

    def visit_call_(self, call: Any) -> Any:
        call = self.builder_.normalize(super().visit_call_(call))
        if op_name(call) == "relax.permute_dims":
            return self._cancelled(call)
        made = self._turned(call)
        if made is None:
            return call
        last = self.builder_.emit(made)
        return relax.op.permute_dims(last, list(FROM_LAST)) if _is_image(last) else last

    def _cancelled(self, call: Any) -> Any:
        """A transpose, or what it transposes back to."""
        axes = call.attrs.axes
        if axes is None:
            return call
        inverse = sorted(range(len(axes)), key=lambda place: int(axes[place]))
        source = self._source(call.args[0], inverse)
        return call if source is None else source

    def _source(self, expr: Any, axes: Sequence[int]) -> Any | None:
        """What `expr` is the transpose of by those axes."""
        bound = self.lookup_binding(expr) if isinstance(expr, relax.Var) else expr
        if op_name(bound) != "relax.permute_dims" or bound.attrs.axes is None:
            return None
        same = [int(axis) for axis in bound.attrs.axes] == list(axes)
        return bound.args[0] if same else None

    def _turned(self, call: Any) -> Any | None:
        """The call on NHWC images, its result in NHWC; None to leave it as it is."""
        name = op_name(call)
        if name in turned_ops.LAYOUT_OPS:
            return self._layout_op(call, name)
        if name == "relax.concat" and isinstance(call.args[0], relax.Tuple):
            images = self._images(call.args[0].fields)
            return None if images is None else turned_ops.concat(call, images)
        if name in turned_ops.ELEMENTWISE and _is_image(call):
            given = self._images(call.args)
            return None if given is None else relax.Call(call.op, given, call.attrs, call.ty_args)
        if name == "relax.call_tir" and isinstance(call.args[1], relax.Tuple):
            return self._call_kernel(call)
        return None

    def _layout_op(self, call: Any, name: str) -> Any | None:
        attrs, image = call.attrs, self._source(call.args[0], FROM_LAST)
        layout = getattr(attrs, "layout", None) or getattr(attrs, "data_layout", None) or "NCHW"
        out_layout = getattr(attrs, "out_layout", None) or layout
        if str(layout) != "NCHW" or str(out_layout) != "NCHW":
            return None
        if image is None and _is_channels_first_conv2d(call) and _is_image(call.args[0]):
            image = self._to_last(call.args[0])
        return None if image is None else turned_ops.LAYOUT_OPS[name](call, [image])

    def _images(self, args: Sequence[Any]) -> list[Any] | None:
        """The arguments with all tensors in NHWC; None unless one of them is there already."""
        if all(self._source(arg, FROM_LAST) is None for arg in args):
            return None
        given = [self._image(arg) if is_tensor(arg) else arg for arg in args]
        return None if any(arg is None for arg in given) else given

    def _image(self, tensor: Any) -> Any | None:
        """An image in NHWC, or a scalar as it is; None for what has no such form."""
        shape, array = static_shape(tensor), array_of(tensor)
        if shape is None or not shape:
            return None if shape is None else tensor
        if array is not None:
            return constant(array.reshape((1,) * (RANK - array.ndim) + shape).transpose(TO_LAST))
        if len(shape) != RANK:
            return None
        source = self._source(tensor, FROM_LAST)
        return self._to_last(tensor) if source is None else source

    def _to_last(self, image: Any) -> Any:
        return self.builder_.emit(relax.op.permute_dims(image, list(TO_LAST)))

    def _call_kernel(self, call: Any) -> Any | None:
        inputs, out = list(call.args[1].fields), call.ty_args[0]
        if not _is_image(call) or any(static_shape(arg) is None for arg in inputs):
            return None
        ranks = [len(static_shape(arg) or ()) for arg in inputs]
        given = self._images(inputs) if set(ranks) <= {0, RANK} else None
        if given is None:
            return None
        name = self._kernel(call.args[0], tuple(i for i, rank in enumerate(ranks) if rank))
        if name is None:
            return None
        shape = [out.shape.values[axis] for axis in TO_LAST]
        return relax.call_tir(name, given, relax.TensorType(shape, out.dtype))

    def _kernel(self, name: Any, turned: tuple[int, ...]) -> Any | None:
        """The name of the kernel that takes its images in NHWC, made at its first call."""
        key = (str(name.name_hint), turned)
        if key not in self.kernels:
            function = self.module[name]
            if isinstance(function, tirx.PrimFunc):
                function = turned_ops.kernel(function, turned)
            hint = f"{name.name_hint}_channels_last"
            made = None if function is None else self.builder_.add_func(function, hint)
            self.kernels[key] = made
        return self.kernels[key]
