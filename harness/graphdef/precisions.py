"""The floating-point formats that a compiled program may compute in."""

from collections.abc import Mapping
from typing import Literal

Precision = Literal["float32", "float16", "bfloat16"]
"""Format of the results of most operations; sums may be carried in a wider one."""
SINGLE: Precision = "float32"
ROUNDOFF: Mapping[Precision, float] = {
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
"""Unit roundoff u: the largest relative error of rounding to the nearest number of the format."""
