"""The errors of every paired kernel, from files of what both programs made."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.locate.candidate_watch import WatchedRun
from harness.locate.evidence import KernelEvidence
from harness.locate.kernel_flow import joined
from harness.locate.pairing import Pairing, Pairings, sources_of
from harness.locate.reference_tensors import Errors, ReferenceTensors, errors_of
from harness.locate.rule import (
    NONE,
    TensorError,
    chained_terms,
    excess,
    rounding,
    tensor_error,
)
from harness.locate.tensor_files import TensorFiles
from harness.locate.wiring import Stretch, Wiring


@dataclass(frozen=True)
class _Measured:
    """What the reference and float64 make of the paired tensors."""

    own: TensorFiles
    truth: TensorFiles
    local: TensorFiles
    own_errors: Errors
    local_errors: Errors
    noise: Sequence[Errors]


@dataclass(frozen=True)
class KernelErrors:
    """The kernels of one program on one image, watched twice."""

    wiring: Wiring
    """The reference's graph."""
    pairings: Pairings
    """The tensor of that graph by kernel output."""
    plain: WatchedRun
    """The run as it is."""
    forced: WatchedRun
    """The run in which every paired output becomes the reference's tensor."""

    def measure(
        self, reference: ReferenceTensors, own: TensorFiles, truth: TensorFiles, local: TensorFiles
    ) -> list[KernelEvidence]:
        """Evidence of every paired kernel in running order.

        `own` has the reference's tensors; what float64 makes of the whole run is written to
        `truth`, what it makes of the reference's own tensors to `local`. Raises NoAnswer.
        """
        stretches = self._stretches()
        given = {name: sorted(stretch.sources) for name, stretch in stretches.items()}
        own_errors = reference.truth(list(given), own, truth)
        reference.local_truth(given, own, local)
        local_errors = errors_of(own, local, given)
        noise = reference.local_noise(given, own, local)
        measured = _Measured(own, truth, local, own_errors, local_errors, noise)
        return [
            self._evidence(number, output["id"], stretches, measured)
            for number, kernel in enumerate(self.plain.kernels)
            for output in kernel["outputs"]
            if output["id"] in self.pairings
        ]

    def _stretches(self) -> dict[str, Stretch]:
        paired = {one.tensor for one in self.pairings.values()}
        stops = {*paired, self.wiring.pixels}
        order = [name for name in self.wiring.tensors if name in paired]
        return {name: self.wiring.stretch(name, stops) for name in order}

    def _evidence(
        self, number: int, output: str, stretches: dict[str, Stretch], measured: _Measured
    ) -> KernelEvidence:
        kernel, pairing = self.plain.kernels[number], self.pairings[output]
        kernels, pixels, tensor = self.plain.kernels, self.wiring.pixels, pairing.tensor
        moves = tensor in sources_of(kernel, kernels, self.pairings, pixels)
        stretch = Stretch((), frozenset(), open=False) if moves else stretches[tensor]
        truth = measured.own if moves else measured.local
        reference = TensorError(0.0, 0.0) if moves else measured.local_errors.get(tensor, NONE)
        samples = [] if moves else [one[tensor] for one in measured.noise if tensor in one]
        local = _error(self.forced, output, pairing, truth)
        explained = rounding([reference, *samples])
        terms = self._terms(stretch, measured.own.shapes[tensor])
        return KernelEvidence(
            kernel=kernel["name"],
            number=number,
            joined=tuple(kernels[one]["name"] for one in joined(number, kernels, self.pairings)),
            tensor=tensor,
            nodes=stretch.nodes,
            shape=measured.own.shapes[tensor],
            layout=pairing.layout.words,
            by_value=pairing.by_value,
            propagated=_error(self.plain, output, pairing, measured.truth),
            reference_propagated=measured.own_errors.get(tensor, NONE),
            local=local,
            reference_local=reference,
            explained=explained,
            excess=excess(local, explained, terms),
        )

    def _terms(self, stretch: Stretch, shape: tuple[int, ...]) -> int:
        return chained_terms({self.wiring.nodes[name].op for name in stretch.nodes}, shape)


def _error(run: WatchedRun, output: str, pairing: Pairing, truth: TensorFiles) -> TensorError:
    if pairing.tensor not in truth.shapes:
        return NONE
    return tensor_error(run.load(output), pairing.layout.apply(truth.load(pairing.tensor)))
