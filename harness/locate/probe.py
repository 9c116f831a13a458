"""Runs in a candidate's worker: the deployed program watched, its kernels' outputs kept in files.

One tensor at a time is in memory beside the program's own.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from harness.execution.program_calls import OpenRequest, opened
from harness.locate.layouts import KernelLayout
from harness.stacks.observation import KernelCall, ObservableProgram
from harness.stacks.protocol import Arrays, function_path

PLAIN, OBSERVED = "plain/", "observed/"
"""How the scores of a plain run and of an observed one are named in a reply."""
INPUT = "input"
"""Id of the tensor that the program is fed."""


class ReplacedOutput(TypedDict):
    """What is put in the place of a kernel's output."""

    file: str
    """A `.npy` file of the tensor as the graph has it."""
    axes: list[int]
    """`KernelLayout.axes` of the kernel."""
    block: int
    """`KernelLayout.block` of the kernel."""


class WatchRequest(TypedDict):
    """What `watch` is called with, beside the tensor to feed and the program."""

    outputs: list[str]
    """Names of the tensors to return."""
    folder: str
    """Where the kernels' outputs are written, as `id.npy`; empty: nowhere."""
    replaced: dict[str, ReplacedOutput]
    """By id of a kernel's output, what takes its place after it was written to the folder."""
    plain: bool
    """Whether a plain run comes first, its scores returned, too."""


class WrittenTensor(TypedDict):
    """One output of a kernel."""

    id: str
    """`kernel.port`, both from 0."""
    shape: list[int]
    """Its shape in the kernel."""
    dtype: str
    """Its numpy name."""


class WatchedKernel(TypedDict):
    """One kernel of a watched run."""

    name: str
    """Its name in the library."""
    inputs: list[str]
    """Ids of the outputs of other kernels that it read, and INPUT; weights are left out."""
    outputs: list[WrittenTensor]
    """What it wrote."""


def watch(request: Mapping[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Run the program under observation; returns its kernels in running order, and the scores.

    Raises TypeError for a program that can't be observed, and whatever the program raises.
    """
    program_request: OpenRequest = request["program"]
    program = opened(program_request)
    if not isinstance(program, ObservableProgram):
        raise TypeError(f"{type(program).__name__} can't be observed: it has no method 'observed'")
    names: Sequence[str] = request["outputs"]
    scores = {}
    if request["plain"]:
        plain = program.run(arrays, names)
        scores = {PLAIN + name: np.array(plain[name]) for name in names}
    watcher = _Watcher(request["folder"], request["replaced"], arrays)
    found = program.observed(arrays, names, watcher.visit)
    scores |= {OBSERVED + name: np.array(found[name]) for name in names}
    return {"kernels": watcher.kernels}, scores


WATCH = function_path(watch)
"""How a worker is asked for it."""


class _Watcher:
    """Keeps track of which tensor lies where, and writes and replaces outputs."""

    def __init__(
        self, folder: str, replaced: Mapping[str, ReplacedOutput], fed: Mapping[str, NDArray[Any]]
    ) -> None:
        self.kernels: list[WatchedKernel] = []
        self._folder, self._replaced = folder, replaced
        self._held: dict[int, str] = {}
        self._constants: set[int] = set()
        self._fed = list(fed.values())

    def visit(self, call: KernelCall) -> None:
        """Record a kernel that has just run."""
        number = len(self.kernels)
        inputs = [self._id_of(one) for one in call.inputs]
        outputs = []
        for port, tensor in enumerate(call.outputs):
            self._held[tensor.address] = f"{number}.{port}"
            outputs.append(self._keep(f"{number}.{port}", tensor))
        read = list(dict.fromkeys(one for one in inputs if one))
        self.kernels.append({"name": call.name, "inputs": read, "outputs": outputs})

    def _id_of(self, tensor: Any) -> str:
        """Id of a tensor that a kernel read; empty for weights."""
        address = tensor.address
        if address not in self._held and address not in self._constants:
            fed = any(one.shape == tensor.shape for one in self._fed) and self._is_fed(tensor)
            if fed:
                self._held[address] = INPUT
            else:
                self._constants.add(address)
        return self._held.get(address, "")

    def _is_fed(self, tensor: Any) -> bool:
        values = tensor.read()
        return any(np.array_equal(values, one) for one in self._fed)

    def _keep(self, name: str, tensor: Any) -> WrittenTensor:
        values = tensor.read()
        if self._folder:
            np.save(Path(self._folder) / f"{name}.npy", values, allow_pickle=False)
        if name in self._replaced:
            one = self._replaced[name]
            layout = KernelLayout(values.shape, tuple(one["axes"]), one["block"])
            tensor.write(layout.apply(np.load(one["file"])).astype(values.dtype))
        return {"id": name, "shape": list(values.shape), "dtype": values.dtype.name}
