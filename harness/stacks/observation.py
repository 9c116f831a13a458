"""Watching a built program kernel by kernel: what a stack offers that can be observed.

The program is the deployed one. It computes what it always computes; after each kernel, whoever
watches may read what the kernel wrote, and may put other values in its place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from harness.stacks.protocol import Feeds, Program


class KernelTensor(Protocol):
    """One argument of a kernel, in the memory of the running program."""

    @property
    def address(self) -> int:
        """Address of its first element; memory is used again once nothing reads it any more."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape as the kernel sees it."""
        ...

    def read(self) -> NDArray[Any]:
        """A copy of its values."""
        ...

    def write(self, values: NDArray[Any]) -> None:
        """Other values of the same dtype and shape, from which the program goes on."""
        ...


@dataclass(frozen=True)
class KernelCall:
    """A kernel that has just run."""

    name: str
    """The kernel's name in the library."""
    inputs: Sequence[KernelTensor]
    """What it read, weights among them."""
    outputs: Sequence[KernelTensor]
    """What it wrote."""


Visit = Callable[[KernelCall], None]
"""Called after each kernel, before the next one starts."""


@runtime_checkable
class ObservableProgram(Program, Protocol):
    """A Program that can be watched."""

    def observed(self, feeds: Feeds, outputs: Sequence[str], visit: Visit) -> dict[str, Any]:
        """As `run`, with `visit` called after each kernel; what it raises ends the run."""
        ...
