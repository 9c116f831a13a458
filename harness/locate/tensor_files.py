"""Tensors in a folder, one `.npy` file each, of which one at a time is read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Moments(NamedTuple):
    """What no order of a tensor's elements changes."""

    mean: float
    """Mean of its elements."""
    rms: float
    """Root of the mean of their squares."""


def moments(values: NDArray[Any]) -> Moments:
    """Mean and root mean square; 0 of an empty tensor."""
    count = max(values.size, 1)
    total = float(values.sum(dtype=np.float64))
    return Moments(total / count, float(np.linalg.norm(values.ravel())) / math.sqrt(count))


@dataclass
class TensorFiles:
    """Named tensors in a folder that exists."""

    folder: Path
    """The folder."""
    names: dict[str, int] = field(default_factory=dict)
    """Tensor → number of its file."""
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Tensor → shape, of those that are there."""

    def __post_init__(self) -> None:
        self._moments: dict[str, Moments] = {}

    def path(self, name: str) -> Path:
        """File of a tensor, whether or not it is there yet."""
        return self.folder / f"{self.names.setdefault(name, len(self.names))}.npy"

    def load(self, name: str) -> NDArray[Any]:
        """The tensor, read from the file as far as it is looked at."""
        found: NDArray[Any] = np.load(self.path(name), mmap_mode="r")
        return found

    def moments(self, name: str) -> Moments:
        """Mean and root mean square of a tensor, computed once."""
        if name not in self._moments:
            self._moments[name] = moments(self.load(name))
        return self._moments[name]

    def add(self, shapes: Mapping[str, Sequence[int]]) -> None:
        """Say which tensors are there now."""
        self.shapes |= {name: tuple(shape) for name, shape in shapes.items()}
