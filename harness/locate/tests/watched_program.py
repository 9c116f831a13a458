"""A program of two kernels in numpy that reuses memory, and one that can't be observed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stacks.observation import KernelCall, Visit
from harness.stacks.protocol import Feeds


class Held:
    """A KernelTensor."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values

    @property
    def address(self) -> int:
        return int(self.values.ctypes.data)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def read(self) -> NDArray[Any]:
        return self.values.copy()

    def write(self, values: NDArray[Any]) -> None:
        self.values[...] = values


class TwoKernels:
    """scores = (2·x + weights)², whose second kernel writes where x + weights lay."""

    def __init__(self) -> None:
        self.weights = np.full((1, 4), 0.5, np.float32)
        self.memory = np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32)

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        return self.observed(feeds, outputs, lambda _: None)

    def observed(self, feeds: Feeds, outputs: Sequence[str], visit: Visit) -> dict[str, Any]:
        (given,) = feeds.values()
        first, second = map(Held, self.memory)
        fed, weights = Held(np.array(given)), Held(self.weights)
        first.write(2 * fed.values + weights.values)
        visit(KernelCall("twice", [fed, weights], [first]))
        second.write(first.values**2)
        visit(KernelCall("square", [first], [second]))
        first.write(second.values + weights.values)
        visit(KernelCall("shift", [second, weights], [first]))
        return {outputs[0]: first.read()}


class Sealed:
    """A program without kernels to see."""

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        return {}


def open_two(options: Any) -> TwoKernels:
    return TwoKernels()


def open_sealed(options: Any) -> Sealed:
    return Sealed()
