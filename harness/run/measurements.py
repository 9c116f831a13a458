"""What the programs give for a task whose files are read: scores, truth, noise, attribution."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.scope import Scope
from harness.errors import GraphError
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.reference import Question, Reference, RoundingReference
from harness.execution.session import RunSession
from harness.graphdef.endpoints import ImageInput
from harness.graphdef.model_file import ModelFile
from harness.inputs.decoded_pictures import decoded_pictures
from harness.inputs.labels import LabelMap
from harness.judge.attribution import Attribution
from harness.judge.noise import NAN, TruthAndNoise, distances
from harness.results.result import DecodedPictures
from harness.results.status import Status
from harness.run import attribution
from harness.run.plan import Task
from harness.run.prepared_image import PreparedImage, bounds


@dataclass(frozen=True)
class PreparedTask:
    """A task with its files read."""

    task: Task
    """The task."""
    session: RunSession
    """What runs its programs."""
    models: tuple[ModelFile, ModelFile]
    """The reference's and the candidate's."""
    labels: LabelMap
    """Names of the classes."""
    image: PreparedImage
    """The image, decoded and resized."""
    planned: Task
    """The task as its case says it, to be kept: its calibration images are no file of the cache."""

    @property
    def reference(self) -> Reference:
        """The program that gives the reference's scores."""
        return self.session.reference_for(self.models[0])


def run_reference(prepared: PreparedTask, scope: Scope) -> Outcome:
    """The reference on the file, or on the tensor that the candidate is given."""
    try:
        question = reference_question(prepared, scope)
        with prepared.session.observe(f"reference, {scope}"):
            return prepared.reference.answer(question, bounds(prepared.task))
    except NoAnswer as failure:
        return failure


def reference_question(prepared: PreparedTask, scope: Scope) -> Question:
    """What the reference is asked; raises NoAnswer where nothing can be."""
    task, image, model = prepared.task, prepared.image, prepared.models[0]
    how, settings = task.case.preprocess, task.case.reference
    if image.too_large or (scope == "graph" and image.tensor is None):
        raise NoAnswer(Status.NO_EVIDENCE, image.refusal)
    if scope == "graph" and (reason := _other_input(prepared)):
        raise NoAnswer(Status.NO_EVIDENCE, reason)
    if scope == "end_to_end" or image.tensor is None:
        question = Question.on_file(model, how, settings, image.data)
    else:
        question = Question.on_tensor(model, how, settings, image.tensor)
    return replace(question, repeats=task.case.repeats)


def _other_input(prepared: PreparedTask) -> str:
    """Why the two models can't be given the same tensor; empty where they can."""
    (reference, candidate), tensor = prepared.models, prepared.image.tensor
    if reference is candidate or tensor is None:
        return ""
    own, other = reference.entry, candidate.entry
    fits = len(own.shape) == tensor.ndim and all(
        size in (None, given) for size, given in zip(own.shape, tensor.shape, strict=True)
    )
    if fits and own.dtype == other.dtype and own.channels_first == other.channels_first:
        return ""
    return (
        f"nothing was compared: the candidate's model {candidate.path} takes "
        f"{_described(other)}, the reference's {_described(own)}: they can't be given one tensor. "
        "Compare scope end_to_end alone (--scope end_to_end), or compile a model with the same "
        "input"
    )


def _described(entry: ImageInput) -> str:
    """An input's type and shape, for example `float32 [?, 224, 224, 3]`."""
    sizes = ", ".join("?" if size is None else str(size) for size in entry.shape)
    return f"{entry.dtype} [{sizes}]"


class Measured:
    """Truth and noise on the candidate's tensor, measured where a verdict needs them."""

    def __init__(
        self,
        prepared: PreparedTask,
        on_tensor: Callable[[], Outcome],
        decoded: Outcome | None = None,
    ) -> None:
        """`decoded` is the outcome of `decoded_question` where it is known already."""
        self._prepared, self._on_tensor, self._decoded = prepared, on_tensor, decoded
        self._once = Lock()
        self.found: TruthAndNoise | None = None
        """What was measured; None before `measure`, and where there is nothing to measure."""

    def measure(self) -> TruthAndNoise | None:
        """Truth and noise; None where the reference gave no answer on the tensor.

        Two threads may ask; the second one waits.
        """
        with self._once:
            if self.found is None and isinstance(self._on_tensor(), Answer):
                self.found = self._measured()
            return self.found

    def _measured(self) -> TruthAndNoise | None:
        prepared, question = self._prepared, self._question()
        if question is None:
            return None
        precision, within = prepared.task.candidate.precision, bounds(prepared.task)
        return prepared.session.truth_and_noise(question, within, precision)

    def _question(self) -> Question | None:
        prepared, tensor = self._prepared, self._prepared.image.tensor
        if tensor is None:
            return None
        how = prepared.task.case.preprocess, prepared.task.case.reference
        return Question.on_tensor(prepared.models[0], *how, tensor)

    def float64_spread(self) -> float:
        """Largest difference between identical runs in float64; NaN where there are none."""
        reference, question = self._prepared.reference, self._question()
        if question is None or not isinstance(reference, RoundingReference):
            return NAN
        try:
            asked = replace(question, repeats=1)
            return reference.float64_scores(asked, bounds(self._prepared.task)).spread
        except (GraphError, NoAnswer, OSError):
            return NAN

    def decoder_noise(self, reference: Answer) -> float:
        """Largest movement of the reference's scores for a JPEG file between libjpeg's two IDCTs.

        Its answer for the file is by INTEGER_FAST unless the graph asks for another; the other is
        on the pixels of INTEGER_ACCURATE. NaN where the file is no JPEG, or no scores came.
        """
        if self._decoded is None:
            self._decoded = self._run_on_decoded()
        if isinstance(self._decoded, NoAnswer):
            return NAN
        return distances(self._decoded.scores, reference.scores)[0]

    def _run_on_decoded(self) -> Outcome:
        prepared = self._prepared
        try:
            return prepared.reference.answer(decoded_question(prepared), bounds(prepared.task))
        except NoAnswer as failure:
            return failure


def decoded_question(prepared: PreparedTask) -> Question:
    """The reference on the pixels of libjpeg's accurate IDCT; raises NoAnswer without a JPEG."""
    if prepared.image.accurate is None:
        raise NoAnswer(Status.NO_EVIDENCE, "the file is no JPEG")
    how, settings = prepared.task.case.preprocess, prepared.task.case.reference
    return Question.on_decoded(prepared.models[0], how, settings, prepared.image.accurate)


def both_decoded(prepared: PreparedTask) -> DecodedPictures | None:
    """The file as both programs' decoders see it; None where one of them gives no such pixels."""
    task, decoded = prepared.task, prepared.image.decoded
    if decoded is None or not prepared.session.explains:
        return None
    how, settings = task.case.preprocess, task.case.reference
    question = Question.pixels(prepared.models[0], how, settings, prepared.image.data)
    try:
        found = prepared.reference.answer(question, bounds(task)).scores
    except NoAnswer:
        return None
    if found.size != decoded.size:
        return None
    return decoded_pictures(decoded, found.reshape(decoded.shape).astype(np.uint8))


def run_candidate(prepared: PreparedTask) -> Outcome:
    """The candidate on the tensor; built first where it is not in the cache."""
    task = prepared.task
    try:
        return prepared.session.candidates.run(
            task.candidate,
            prepared.models[1],
            candidate_tensor(prepared),
            task.case.limits,
            task.case.repeats,
        )
    except NoAnswer as failure:
        return failure


def candidate_tensor(prepared: PreparedTask) -> NDArray[Any]:
    """What the candidate is given; raises NoAnswer where its decoder refused the file."""
    if prepared.image.tensor is None:
        reason = f"the deployed decoder refused the file: {prepared.image.refusal}"
        raise NoAnswer(Status.RUN_FAILED, reason)
    return prepared.image.tensor


def run_attribution(
    prepared: PreparedTask, outcomes: tuple[Outcome, Outcome]
) -> Attribution | None:
    """The steps between the reference's and the candidate's scores; None where not asked for."""
    if not prepared.session.explains:
        return None
    task, image, session = prepared.task, prepared.image, prepared.session
    given = attribution.AttributionInput(
        task.case,
        task.candidate,
        prepared.models,
        image.data,
        image.decoded,
        image.tensor,
        image.preprocessing,
    )
    with session.observe("attribution"):
        return attribution.run(given, *outcomes, prepared.reference, session.candidates)
