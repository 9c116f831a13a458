"""Tensors during the import: known already, or computed by the module when it runs."""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from harness.graphdef.tensors import MAX_ELEMENTS
from harness.stacks.relax.constant import constant

Array = NDArray[Any]


def checked_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape; ValueError where it has more than MAX_ELEMENTS, as in damaged graphs."""
    if math.prod(shape) > MAX_ELEMENTS:
        raise ValueError(f"a tensor of the shape {list(shape)} has over {MAX_ELEMENTS} elements")
    return tuple(shape)


class Known:
    """A tensor whose values are known while importing; decoded and embedded when first used."""

    def __init__(self, array: Array | Callable[[], Array]) -> None:
        self._source = array

    @cached_property
    def array(self) -> Array:
        """The values."""
        return self._source() if callable(self._source) else self._source

    @cached_property
    def expr(self) -> Any:
        """A constant of the module; one for all who read the tensor."""
        return constant(self.array)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sizes."""
        return self.array.shape

    @property
    def dtype(self) -> str:
        """numpy's name of its type, which is TVM's too."""
        return self.array.dtype.name


class Computed:
    """A tensor that a binding of the module computes; its shape is static."""

    def __init__(self, expr: Any) -> None:
        self.expr = expr

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Its sizes."""
        return tuple(int(size) for size in self.expr.ty.shape)

    @cached_property
    def dtype(self) -> str:
        """TVM's name of its type."""
        return str(self.expr.ty.dtype)


Value = Known | Computed
