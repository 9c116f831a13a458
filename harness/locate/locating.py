"""One image through both programs, each kernel of the candidate held against its nodes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.errors import GraphError
from harness.graphdef.cut import cut
from harness.graphdef.model_file import ModelFile
from harness.locate.candidate_watch import CandidateWatch, WatchedRun
from harness.locate.contradicted import uncontradicted
from harness.locate.coverage import covered
from harness.locate.evidence import Effect, ImageEvidence, KernelEvidence
from harness.locate.kernel_errors import KernelErrors
from harness.locate.pairing import Load, Pairer, Pairing, Pairings
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.tensor_files import TensorFiles
from harness.locate.wiring import Wiring


@dataclass(frozen=True)
class Located:
    """The programs of one image."""

    image: str
    """Name of the image."""
    watch: CandidateWatch
    """The candidate."""
    reference: ReferenceTensors
    """The reference, on the reference's model."""
    candidate_model: ReferenceTensors
    """The reference, on the model that the candidate was compiled from; the same object as
    `reference` where that is the reference's own."""


def locate_on(programs: Located) -> ImageEvidence:
    """Measure every kernel on one image; raises NoAnswer, GraphError, OSError."""
    with _folders() as folders:
        own, watch = folders["own"], programs.watch
        wiring = _wiring(programs.reference)
        plain = watch.run(folders["plain"].folder, plain=True)
        pairings = _pairings(programs, plain, wiring, folders)
        programs.reference.values(_needed(pairings, wiring, own), own)
        _require_scores(wiring, own)
        pairings = _of_reference(pairings, wiring, own)
        forced = watch.run_with(pairings, own, folders["forced"].folder)
        errors = KernelErrors(wiring, pairings, plain, forced)
        kernels = errors.measure(programs.reference, own, folders["truth"], folders["local"])
        reference_scores = own.load(wiring.root(wiring.output))
        effects = _Effects(watch, pairings, plain, folders["truth"], reference_scores)
        kernels = [replace(k, effect=effects.of(k)) if k.faulty else k for k in kernels]
        return covered(programs.image, plain, effects.divergence, kernels, wiring)


def _require_scores(wiring: Wiring, own: TensorFiles) -> None:
    """GraphError where the scores are no floating point numbers."""
    if wiring.root(wiring.output) not in own.shapes:
        raise GraphError(
            f"output '{wiring.output}' does not hold float32, so no error can be measured; name "
            "another one with --output"
        )


@contextmanager
def _folders() -> Iterator[dict[str, TensorFiles]]:
    """Folders of tensors, which go at the end."""
    words = ("own", "compiled", "plain", "tried", "forced", "truth", "local")
    with tempfile.TemporaryDirectory(prefix="parity-locate-") as root:
        found = {word: TensorFiles(Path(root) / word) for word in words}
        for one in found.values():
            one.folder.mkdir()
        yield found


def _wiring(reference: ReferenceTensors) -> Wiring:
    question = reference.question
    model: ModelFile = question.model
    graph = cut(model.graph, model.entry, model.output, question.value.shape)
    return Wiring(graph, model.entry.pixels, model.output)


def _pairings(
    programs: Located, plain: WatchedRun, wiring: Wiring, folders: dict[str, TensorFiles]
) -> Pairings:
    """Pairings with tensors of the model that the candidate was compiled from."""
    same = programs.candidate_model is programs.reference
    tensors = folders["own" if same else "compiled"]
    wiring = wiring if same else _wiring(programs.candidate_model)
    programs.candidate_model.values(wiring.tensors, tensors)
    pairer = Pairer(plain.kernels, wiring, tensors)

    def run(pairings: Pairings) -> Load:
        return programs.watch.run_with(pairings, tensors, folders["tried"].folder).load

    found = pairer.by_place(plain.load, run, pairer.by_value(plain.load, {}))
    return uncontradicted(found, plain.kernels, run, pairer.distance)


def _needed(pairings: Pairings, wiring: Wiring, own: TensorFiles) -> list[str]:
    """Tensors of the reference's model that are not known yet."""
    wanted = {wiring.root(one.tensor) for one in pairings.values()}
    wanted.add(wiring.root(wiring.output))
    return [name for name in wiring.tensors if name in wanted and name not in own.shapes]


def _of_reference(pairings: Pairings, wiring: Wiring, own: TensorFiles) -> dict[str, Pairing]:
    """The pairings whose tensor the reference's model has, too, in the same size."""
    found = {}
    for output, one in pairings.items():
        tensor = wiring.root(one.tensor)
        shape = own.shapes.get(tensor)
        if shape is not None and np.prod(shape) == np.prod(one.layout.shape):
            found[output] = replace(one, tensor=tensor)
    return found


class _Effects:
    """Runs on with the truth in the place of one kernel's output."""

    def __init__(
        self,
        watch: CandidateWatch,
        pairings: Pairings,
        plain: WatchedRun,
        truth: TensorFiles,
        reference_scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    ) -> None:
        self._watch, self._pairings, self._plain = watch, pairings, plain
        self._truth, self._reference = truth, reference_scores
        self.divergence = self._distance(plain.scores)

    def of(self, kernel: KernelEvidence) -> Effect | None:
        """What the scores would be without the kernel's error; None where its truth is unknown."""
        outputs = [
            output
            for output, one in self._pairings.items()
            if one.tensor == kernel.tensor and output.split(".")[0] == str(kernel.number)
        ]
        if kernel.tensor not in self._truth.shapes or not outputs:
            return None
        pairing = self._pairings[outputs[0]]
        run = self._watch.run_with({outputs[0]: pairing}, self._truth, None)
        truth = pairing.layout.apply(self._truth.load(kernel.tensor))
        error = float(np.abs(self._plain.load(outputs[0]) - truth).max())
        moved = float(np.abs(run.scores - self._plain.scores).max())
        return Effect(moved / error if error else 0.0, self._distance(run.scores))

    def _distance(self, scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
        first, other = scores.ravel().astype(np.float64), self._reference.ravel()
        return float(np.abs(first - other).max()) if first.size == other.size else float("nan")
