"""Relax operations → kernels over packed weights where there are any, else TVM's kernels."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tvm
from tvm import ir, relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.packed import kernels
from harness.stacks.relax.packed.expressions import array_of, static_shape
from harness.stacks.relax.packed.geometry import convolution
from harness.stacks.relax.packed.lanes import Vectors
from harness.stacks.relax.packed.sigmoid import sigmoid, silu

Legalise = Callable[[Any, Any], Any]
_FUSES_ELEMENTWISE = {"op_pattern": 4}
"""TVM's kOutEWiseFusable: elementwise operations that follow become part of the kernel."""
_MATRIX = 2


def legalise_ops(vectors: Vectors) -> tvm.transform.Pass:
    """TVM's LegalizeOps pass, with the kernels of this package taking precedence."""
    own: dict[str, Legalise] = {
        "relax.nn.conv2d": partial(_conv2d, vectors),
        "relax.matmul": partial(_matmul, vectors),
        "relax.sigmoid": partial(_elementwise, sigmoid, "sigmoid"),
        "relax.nn.silu": partial(_elementwise, silu, "silu"),
    }
    return relax.transform.LegalizeOps(own)


def _tvm_kernel(builder: Any, call: Any) -> Any:
    return ir.Op.get(call.op.name).get_attr("FLegalize")(builder, call)


def _emit_kernel(builder: Any, kernel: Callable[..., Any], name: str, *args: Any) -> Any:
    attrs = _FUSES_ELEMENTWISE
    return builder.call_te(kernel, *args, primfunc_name_hint=name, primfunc_attrs=attrs)


def _elementwise(kernel: Callable[[Any], Any], name: str, builder: Any, call: Any) -> Any:
    if str(call.ty.dtype) != "float32" or static_shape(call) is None:
        return _tvm_kernel(builder, call)
    return builder.call_te(kernel, call.args[0], primfunc_name_hint=name)


def _conv2d(vectors: Vectors, builder: Any, call: Any) -> Any:
    conv = convolution(call, array_of(call.args[1]))
    if conv is None:
        return _tvm_kernel(builder, call)
    if conv.groups == 1:
        width = kernels.width_for(conv.output[3], vectors)
        weights = constant(kernels.pack_weights(conv.weights, width))
        kernel = partial(kernels.conv2d, conv)
        return _emit_kernel(builder, kernel, "conv2d", call.args[0], weights)
    if conv.is_depthwise:
        weights = constant(conv.weights[:, :, 0, :])
        kernel = partial(kernels.depthwise, conv)
        return _emit_kernel(builder, kernel, "depthwise_conv2d", call.args[0], weights)
    return _tvm_kernel(builder, call)


def _matmul(vectors: Vectors, builder: Any, call: Any) -> Any:
    weights, rows = array_of(call.args[1]), static_shape(call.args[0])
    if weights is None or rows is None or not len(rows) == weights.ndim == _MATRIX:
        return _tvm_kernel(builder, call)
    dtypes = {str(call.ty.dtype), str(call.args[0].ty.dtype), str(weights.dtype)}
    if dtypes != {"float32"} or 0 in (*rows, *weights.shape):
        return _tvm_kernel(builder, call)
    channels = int(weights.shape[1])
    width = kernels.width_for(channels, vectors)
    packed = constant(kernels.pack_weights(weights[np.newaxis, np.newaxis], width))
    return _emit_kernel(builder, partial(kernels.dense, channels), "dense", call.args[0], packed)
