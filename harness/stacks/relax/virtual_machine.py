"""A built library in Relax's virtual machine, and the machine that it runs on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.stacks.observation import Visit
from harness.stacks.protocol import ArtefactOptions, Feeds, Program, StackDescription
from harness.stacks.relax.instrument import Instrument
from harness.stacks.relax.targets import as_json
from harness.stacks.tvm_machine import description, device

LIBRARY = "lib.so"


def describe() -> StackDescription:
    """Version, LLVM, this machine's target, and which device kinds can run here."""
    import tvm

    cpu, llvm = (
        str(tvm.get_global_func(f"target.llvm_{what}")())
        for what in ("get_system_cpu", "version_major")
    )
    return description(cpu, llvm)


class VirtualMachine:
    """A Program: one parameter, and the outputs in the order the module was imported with."""

    def __init__(self, options: ArtefactOptions) -> None:
        import tvm
        from tvm import relax

        self._device = device(as_json(options["target"])["kind"])
        library = tvm.runtime.load_module(str(Path(options["artefacts"]) / LIBRARY))
        self._library = library
        self._watched: Any = None
        if not library.implements_function("vm_load_executable"):
            raise ValueError(
                "the module holds no executable of Relax's virtual machine; a library that TVM "
                "0.19 built for the graph executor needs the stack relay, in another environment"
            )
        self._main = relax.VirtualMachine(library, self._device)["main"]
        self._input = options["input"]

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """Scores for the one input; KeyError where another is fed."""
        return self._call(self._main, feeds, outputs)

    def observed(self, feeds: Feeds, outputs: Sequence[str], visit: Visit) -> dict[str, Any]:
        """As `run`, in another virtual machine of the library, with a visit after each kernel.

        The kernels that a plain run calls are not instrumented.
        """
        from tvm import relax

        if self._watched is None:
            self._watched = relax.VirtualMachine(self._library, self._device)
        instrument = Instrument(visit)
        self._watched.set_instrument(instrument.after_call)
        found = self._call(self._watched["main"], feeds, outputs)
        instrument.raise_failure()
        return found

    def _call(self, main: Any, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        import tvm

        if list(feeds) != [self._input]:
            raise KeyError(f"the compiled module takes '{self._input}'; given {list(feeds)}")
        result = main(tvm.runtime.tensor(feeds[self._input], self._device))
        tensors = [result] if hasattr(result, "numpy") else list(result)
        return {name: one.numpy() for name, one in zip(outputs, tensors, strict=True)}


def open_module(options: ArtefactOptions) -> Program:
    """A Program for a built library."""
    return VirtualMachine(options)
