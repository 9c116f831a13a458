"""Run the chain of `harness.judge.attribution`: what each step's program gives for one image."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.execution.candidate import CandidateRunner
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.reference import TensorFlowReference
from harness.execution.worker import CallLimits
from harness.graphdef.model_file import ModelFile
from harness.inputs.jpeg_facts import facts
from harness.judge import attribution as explain

IMPORT_LEVEL = 0
"""opt_level at which TVM, by its default pipeline, runs the imported graph as it is."""


@dataclass(frozen=True)
class AttributionInput:
    """What a chain is run on."""

    case: Case
    candidate: Candidate
    models: tuple[ModelFile, ModelFile]
    """The reference's and the candidate's."""
    data: bytes
    decoded: NDArray[Any] | None
    """`[H, W, C]` uint8 from the deployed decoder, before its resize."""
    tensor: NDArray[Any] | None
    """What the candidate is given."""


def bounds(case: Case) -> CallLimits:
    """Bounds on one run of a program."""
    return CallLimits(case.limits.run_timeout_s, case.limits.memory_gib)


def run(
    scene: AttributionInput,
    first: Outcome,
    last: Outcome,
    reference: TensorFlowReference,
    candidates: CandidateRunner,
) -> explain.Attribution:
    """The chain between two answers that are known already; a step that fails is a note."""
    case, model = scene.case, scene.models[0]
    within = bounds(case)
    how, mode = case.preprocess, case.reference
    notes: list[str] = []

    def step(name: str, ask: Callable[[], Answer]) -> NDArray[Any] | None:
        try:
            return ask().scores
        except NoAnswer as end:
            notes.append(f"{name} step not measured: {end.reason}")
            return None

    decoded = resized = imported = None
    if scene.decoded is not None and scene.tensor is not None:
        pixels, tensor = scene.decoded, scene.tensor
        asked = reference.on_decoded(model, how, pixels, mode)
        decoded = step("decode", lambda: reference.answer(asked, within))
        question = replace(reference.on_tensor(model, how, tensor, mode), repeats=case.repeats)
        resized = step("resize", lambda: reference.answer(question, within))
        least = {"opt_level": IMPORT_LEVEL, "pipeline": "default"}
        plain = scene.candidate.model_copy(update=least)
        imported = step(
            "import",
            lambda: candidates.run(plain, scene.models[1], tensor, case.limits, repeats=0),
        )
    ends = [outcome.scores if isinstance(outcome, Answer) else None for outcome in (first, last)]
    return explain.attribution(
        [ends[0], decoded, resized, imported, ends[1]],
        notes=tuple(notes),
        facts=tuple(facts(scene.data, model.entry.dct_method, how.exif)),
    )


def remedy(scene: AttributionInput, found: explain.Effects) -> str:
    """What would remove the largest step, in words a person can act on; empty for no difference."""
    total = found.candidate - found.reference
    if math.isnan(total) or abs(total) < explain.QUIET:
        return ""
    how = scene.case.preprocess
    accurate = "dct_method='INTEGER_ACCURATE'"
    told = {
        "decode": (
            "decode with TensorFlow before the module (--with decoder=tensorflow), or give the "
            f"graph's decoder {accurate}, which is what Pillow does"
            if how.decoder == "pillow"
            else f"both decode alike already; check that the graph's decoder has {accurate}"
        ),
        "resize": (
            "leave the resize to the graph: keep the image's own size; or use the graph's own "
            "filter (--with resample=bilinear)"
        ),
        "import": "compare the graph op by op: the importer gives an op another meaning",
        "optimize": "lower opt_level or disable passes one by one until the step vanishes",
    }
    return told.get(found.largest, "")
