"""What Relax's virtual machine tells of each call, as kernels with their inputs and outputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stacks.observation import KernelCall, Visit

_ALLOCATION = "vm.builtin.alloc_tensor"
_BUILTIN = "vm.builtin."
_GO_ON = 0
"""The instrument's answer that leaves the call as it is (VMInstrumentReturnKind.NO_OP)."""


class VmTensor:
    """A `KernelTensor` in the virtual machine's memory."""

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    @property
    def address(self) -> int:
        """Address of its first element."""
        return address_of(self._tensor)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(int(size) for size in self._tensor.shape)

    def read(self) -> NDArray[Any]:
        """A copy of its values."""
        return np.array(self._tensor.numpy())

    def write(self, values: NDArray[Any]) -> None:
        """Other values of the same dtype and shape."""
        self._tensor.copyfrom(np.ascontiguousarray(values))


class Instrument:
    """Calls a visitor after each kernel of one run.

    A kernel writes into the arguments that were allocated and that no kernel has written yet.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._unwritten: set[int] = set()
        self._failure: BaseException | None = None

    def after_call(self, _function: Any, name: str, before: bool, made: Any, *args: Any) -> int:
        """The function for `VirtualMachine.set_instrument`."""
        if before or self._failure is not None:
            return _GO_ON
        if name == _ALLOCATION:
            self._unwritten.add(address_of(made))
        elif not name.startswith(_BUILTIN):
            try:
                self._kernel(name, [one for one in args if is_tensor(one)])
            except BaseException as failure:  # noqa: BLE001  raised again outside the machine
                self._failure = failure
        return _GO_ON

    def raise_failure(self) -> None:
        """Raise what a visit raised, which must not pass through the virtual machine."""
        if self._failure is not None:
            raise self._failure

    def _kernel(self, name: str, tensors: list[Any]) -> None:
        written = [one for one in tensors if address_of(one) in self._unwritten] or tensors[-1:]
        addresses = {address_of(one) for one in written}
        self._unwritten -= addresses
        read = [one for one in tensors if address_of(one) not in addresses]
        self._visit(KernelCall(name, list(map(VmTensor, read)), list(map(VmTensor, written))))


def is_tensor(value: Any) -> bool:
    """Whether an argument of a call is a tensor, not a shape or a number."""
    return hasattr(value, "numpy") and hasattr(value, "copyfrom")


def address_of(tensor: Any) -> int:
    """Address of the first element."""
    found = tensor.data_ptr
    return int(found() if callable(found) else found)
