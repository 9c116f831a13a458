"""The deployed program watched on one image, as often as is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from harness.execution.candidate import CandidateRunner, PreparedCandidate
from harness.graphdef.model_file import ModelFile
from harness.locate.pairing import Pairings
from harness.locate.probe import OBSERVED, PLAIN, WATCH, ReplacedOutput, WatchedKernel, WatchRequest
from harness.locate.tensor_files import TensorFiles


@dataclass(frozen=True)
class WatchedRun:
    """One run under observation."""

    kernels: list[WatchedKernel]
    """Its kernels in running order."""
    scores: NDArray[Any]
    """Its scores."""
    plain: NDArray[Any] | None
    """Scores of a plain run before it, where one was asked for."""
    folder: Path
    """Where the outputs of its kernels are, before they were replaced."""

    def load(self, output: str) -> NDArray[Any]:
        """The output of a kernel by its id, read as far as it is looked at."""
        found: NDArray[Any] = np.load(self.folder / f"{output}.npy", mmap_mode="r")
        return found

    @property
    def same_bits(self) -> bool:
        """Whether the scores have the bits of the plain run."""
        return self.plain is not None and self.plain.tobytes() == self.scores.tobytes()


@dataclass(frozen=True)
class CandidateWatch:
    """A built candidate and the pixel tensor that it is given. Its methods raise NoAnswer."""

    runner: CandidateRunner
    """What calls its worker."""
    prepared: PreparedCandidate
    """The candidate."""
    model: ModelFile
    """The model that it was compiled from."""
    tensor: NDArray[Any]
    """The pixel tensor."""

    def run(self, folder: Path | None, *, plain: bool = False) -> WatchedRun:
        """A run as it is, its kernels' outputs written to the folder."""
        return self._run(folder, {}, plain=plain)

    def run_with(self, pairings: Pairings, tensors: TensorFiles, folder: Path | None) -> WatchedRun:
        """A run in which each paired output becomes its tensor, once written to the folder."""
        replaced: dict[str, ReplacedOutput] = {
            output: {
                "file": str(tensors.path(one.tensor)),
                "axes": list(one.layout.axes),
                "block": one.layout.block,
            }
            for output, one in pairings.items()
            if one.tensor in tensors.shapes
        }
        return self._run(folder, replaced)

    def _run(
        self, folder: Path | None, replaced: Mapping[str, ReplacedOutput], *, plain: bool = False
    ) -> WatchedRun:
        output = self.model.output
        request: WatchRequest = {
            "outputs": [output],
            "folder": str(folder or ""),
            "replaced": dict(replaced),
            "plain": plain,
        }
        feeds = {self.model.entry.pixels: self.tensor}
        reply = self.runner.call(self.prepared, WATCH, cast(Any, request), feeds)
        arrays, kernels = reply.arrays, reply.payload["kernels"]
        where = folder or Path()
        return WatchedRun(kernels, arrays[OBSERVED + output], arrays.get(PLAIN + output), where)
