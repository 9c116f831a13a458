"""The number formats that a compiled program may compute in."""

from collections.abc import Mapping
from typing import Literal

Precision = Literal["float32", "float16", "bfloat16", "int8", "dynamic_int8"]
"""Format of the results of most operations; sums may be carried in a wider one. `int8`: weights and
tensors have 8 bits, with steps from calibration images. `dynamic_int8`: weights have, and what they
are multiplied by, with steps from the picture itself (TensorFlow Lite's dynamic range)."""
SINGLE: Precision = "float32"
ROUNDOFF: Mapping[Precision, float] = {
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
"""Unit roundoff u: the largest relative error of rounding to the nearest number of the format."""
INT8: Precision = "int8"
"""The format in which scores are quantised too, so that they are compared as they are."""
QUANTISED: tuple[Precision, ...] = (INT8, "dynamic_int8")
"""The formats with 8-bit weights."""
