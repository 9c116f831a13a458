"""How a kernel holds a tensor of the graph in memory: permuted, in blocks of channels, reshaped."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_RANK = 5
"""Tensors of a higher rank are only reshaped: the permutations would be too many."""
_IMAGE = 4
"""Rank of a batch of pictures, whose channels can be in blocks."""


@dataclass(frozen=True)
class KernelLayout:
    """The way from a tensor as the graph has it to the memory of a kernel."""

    shape: tuple[int, ...]
    """Shape in the kernel."""
    axes: tuple[int, ...] = ()
    """Order in which the tensor's axes lie in memory; empty for its own."""
    block: int = 0
    """Channels of a block, which lies innermost; 0 where they are not in blocks. The axes then
    begin with batch and channels."""

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The tensor's values in the kernel's shape.

        >>> KernelLayout((1, 1, 2, 2), (0, 2, 1), 0).apply(np.arange(4).reshape(1, 2, 2)).ravel()
        array([0, 2, 1, 3])
        """
        ordered = values.transpose(self.axes) if self.axes else values
        if self.block:
            batch, channels, *rest = ordered.shape
            split = ordered.reshape(batch, channels // self.block, self.block, *rest)
            ordered = np.moveaxis(split, 2, -1)
        return ordered.reshape(self.shape)

    @property
    def words(self) -> str:
        """Its description, such as `transposed 0312, blocks of 16`; empty for the graph's own."""
        parts = [f"transposed {''.join(map(str, self.axes))}"] if self.axes else []
        parts += [f"blocks of {self.block}"] if self.block else []
        return ", ".join(parts)


def layouts(tensor: Sequence[int], kernel: Sequence[int]) -> Iterator[KernelLayout]:
    """The ways in which a kernel of that shape may hold a tensor of this one, the simplest first.

    >>> [layout.axes for layout in layouts((1, 7, 7, 32), (1, 32, 7, 7))]
    [(), (0, 3, 1, 2), (0, 3, 2, 1)]
    """
    shape = tuple(kernel)
    if math.prod(tensor) != math.prod(shape):
        return
    yield KernelLayout(shape)
    if len(tensor) > MAX_RANK:
        return
    yield from _permuted(tuple(tensor), shape)
    if len(tensor) == _IMAGE and len(shape) == _IMAGE + 1:
        yield from _blocked(tuple(tensor), shape)


def _permuted(tensor: tuple[int, ...], shape: tuple[int, ...]) -> Iterator[KernelLayout]:
    """Permutations that leave the kernel's sizes, sizes of 1 apart."""
    wide = [axis for axis, size in enumerate(tensor) if size > 1]
    wanted = [size for size in shape if size > 1]
    narrow = [axis for axis, size in enumerate(tensor) if size == 1]
    for order in itertools.permutations(wide):
        if list(order) != wide and [tensor[axis] for axis in order] == wanted:
            yield KernelLayout(shape, (*narrow, *order))


def _blocked(tensor: tuple[int, ...], shape: tuple[int, ...]) -> Iterator[KernelLayout]:
    """`[N, C / c, H, W, c]` of `[N, H, W, C]` or `[N, C, H, W]`."""
    for axes in ((0, 3, 1, 2), (0, 1, 2, 3)):
        batch, channels, height, width = (tensor[axis] for axis in axes)
        block = shape[-1]
        if channels % block == 0 and shape[:-1] == (batch, channels // block, height, width):
            yield KernelLayout(shape, axes, block)
