"""Constants of a Relax module, of exactly the type and shape that an array has."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def constant(array: NDArray[Any]) -> Any:
    """A constant of the module, of the array's own type.

    Left to itself `relax.const` makes int32 of int64, and float32 of float64; ascontiguousarray
    alone would make a vector of a scalar.
    """
    from tvm import relax

    whole = np.ascontiguousarray(array).reshape(array.shape)
    return relax.const(whole, whole.dtype.name)
