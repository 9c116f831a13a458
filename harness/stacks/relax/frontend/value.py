"""Tensors during the import: known already, or computed by the module when it runs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

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

    def __init__(self, array: Array | Callable[[], Array], quantized: int = 0) -> None:
        self._source = array
        self.quantized = quantized
        """TensorFlow's type where that is a quantized one, which numpy lacks; else 0."""

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


class NotATensorError(TypeError):
    """A list of tensors is read as if it were one."""

    def __init__(self) -> None:
        super().__init__("it reads a list of tensors; expected a tensor")


@dataclass(frozen=True)
class TensorList:
    """A TensorList or TensorArray: tensors by index, all of which are known while importing."""

    items: tuple["Known | Computed | None", ...]
    """The tensors; None for one that is not set, which reads as zeros."""
    dtype: str
    """numpy's name of their type."""
    element_shape: tuple[int | None, ...] | None = None
    """The shape of each of them where the graph declares it; None for sizes that it leaves open."""

    @property
    def expr(self) -> NoReturn:
        """A list has none; raises NotATensorError."""
        raise NotATensorError

    @property
    def shape(self) -> NoReturn:
        """A list has none; raises NotATensorError."""
        raise NotATensorError

    def replaced(self, index: int, item: "Known | Computed") -> "TensorList":
        """The list with another tensor at an index that it has."""
        items = (*self.items[:index], item, *self.items[index + 1 :])
        return TensorList(items, self.dtype, self.element_shape)


Value = Known | Computed | TensorList
