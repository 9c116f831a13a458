"""Constants of a Relax module."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def constant(array: NDArray[Any]) -> Any:
    """A constant with exactly the array's type and shape.

    By itself `relax.const` would convert int64 to int32 and float64 to float32; ascontiguousarray
    alone would make a vector of a scalar.
    """
    from tvm import relax

    whole = np.ascontiguousarray(array).reshape(array.shape)
    return relax.const(whole, whole.dtype.name)
