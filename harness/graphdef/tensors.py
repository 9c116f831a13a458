"""TensorProto ↔ numpy: the constants of a GraphDef.

Encoding as in tensorflow/core/framework/tensor.proto: either `tensor_content` holds the raw
little-endian values, or a typed field holds them, its last value repeated to fill the shape.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import GraphError
from harness.graphdef.wire import TensorProto

DT_FLOAT, DT_DOUBLE, DT_INT32, DT_UINT8, DT_INT16, DT_INT8 = 1, 2, 3, 4, 5, 6
DT_STRING, DT_INT64, DT_BOOL, DT_UINT16, DT_HALF = 7, 9, 10, 17, 19

DTYPES: dict[int, np.dtype[Any]] = {
    DT_FLOAT: np.dtype("<f4"),
    DT_DOUBLE: np.dtype("<f8"),
    DT_INT32: np.dtype("<i4"),
    DT_UINT8: np.dtype("u1"),
    DT_INT16: np.dtype("<i2"),
    DT_INT8: np.dtype("i1"),
    DT_INT64: np.dtype("<i8"),
    DT_BOOL: np.dtype("?"),
    DT_UINT16: np.dtype("<u2"),
    DT_HALF: np.dtype("<f2"),
}
_FIELDS = {
    DT_FLOAT: "float_val",
    DT_DOUBLE: "double_val",
    DT_INT64: "int64_val",
    DT_BOOL: "bool_val",
    DT_HALF: "half_val",
}
MAX_ELEMENTS = 1 << 29
MAX_RANK = 32


def decode(tensor: TensorProto) -> NDArray[Any]:
    """The array a TensorProto stands for; raises GraphError where it contradicts itself."""
    if tensor.dtype not in DTYPES:
        known = ", ".join(dtype.name for dtype in DTYPES.values())
        raise GraphError(f"a constant has TensorFlow's type {tensor.dtype}; read are {known}")
    dtype = DTYPES[tensor.dtype]
    shape = shape_of_constant(tensor)
    count = math.prod(shape)
    if tensor.tensor_content:
        if len(tensor.tensor_content) != count * dtype.itemsize:
            raise GraphError(
                f"a constant of shape {shape} and type {dtype} needs {count * dtype.itemsize} "
                f"bytes; found {len(tensor.tensor_content)}"
            )
        held: NDArray[Any] = np.frombuffer(tensor.tensor_content, dtype)
        return held.reshape(shape).copy()
    return _from_field(tensor, dtype, shape, count)


def shape_of_constant(tensor: TensorProto) -> tuple[int, ...]:
    """The shape that a TensorProto declares; GraphError where no array can have it."""
    declared = tensor.tensor_shape
    shape = tuple(dim.size for dim in declared.dim)
    held = math.prod(max(1, size) for size in shape) <= MAX_ELEMENTS and len(shape) <= MAX_RANK
    if declared.unknown_rank or min(shape, default=0) < 0 or not held:
        shown = "unknown" if declared.unknown_rank else shape
        raise GraphError(f"a constant has the shape {shown}, which can't be held")
    return shape


def _from_field(
    tensor: TensorProto, dtype: np.dtype[Any], shape: tuple[int, ...], count: int
) -> NDArray[Any]:
    raw = getattr(tensor, _FIELDS.get(tensor.dtype, "int_val"))
    if len(raw) > count:
        raise GraphError(f"a constant of shape {shape} holds {len(raw)} values")
    bits = np.uint16 if tensor.dtype == DT_HALF else dtype
    try:
        values = np.array(list(raw) or [0], bits).view(dtype)
    except OverflowError as error:
        raise GraphError(f"a constant of type {dtype} holds a number beyond it: {error}") from error
    full = np.full(count, values[-1], dtype)
    full[: min(len(values), count)] = values[:count]
    return full.reshape(shape)


def widened(tensor: TensorProto) -> TensorProto:
    """A float32 constant in float64, exactly; one value that fills a shape stays one value.

    Raises GraphError where the constant contradicts itself.
    """
    if tensor.dtype != DT_FLOAT:
        raise GraphError(f"a float32 constant holds a tensor of TensorFlow's type {tensor.dtype}")
    if tensor.tensor_content or len(tensor.float_val) > 1:
        with np.errstate(invalid="ignore"):  # a signalling NaN
            return encode(decode(tensor).astype(np.float64))
    # Written out, a file of a few bytes could take 4 GiB.
    if len(tensor.float_val) > math.prod(shape_of_constant(tensor)):
        raise GraphError(f"a constant of shape {shape_of_constant(tensor)} holds 1 value")
    wide = TensorProto(dtype=DT_DOUBLE, double_val=tensor.float_val)
    wide.tensor_shape.CopyFrom(tensor.tensor_shape)
    return wide


def encode(array: ArrayLike) -> TensorProto:
    """A TensorProto of the array, as raw content."""
    array = np.asarray(array)
    codes = [code for code, dtype in DTYPES.items() if dtype == array.dtype]
    if not codes:
        raise GraphError(f"arrays of type {array.dtype} have no TensorProto form here")
    tensor = TensorProto(dtype=codes[0])
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    tensor.tensor_content = np.ascontiguousarray(array).tobytes()
    return tensor
