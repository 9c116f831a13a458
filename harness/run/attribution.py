"""Run the steps of `harness.judge.attribution`: the scores after each step, for one image."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.execution.candidate import CandidateRunner
from harness.execution.candidate_build import run_limits
from harness.execution.candidate_source import CONVERT
from harness.execution.decoder_prefix import reference_text
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.reference import Question, Reference
from harness.execution.worker_call import CallLimits
from harness.graphdef.model_file import ModelFile
from harness.graphdef.precisions import SINGLE
from harness.inputs.jpeg_facts import facts
from harness.judge.attribution import (
    CONVERTED,
    CONVERTED_UNSEEN,
    DIRECT,
    QUIET,
    Attribution,
    Effects,
    attribution,
    stands_apart,
)
from harness.stacks.registry import stack_named

IMPORT_LEVEL = 0
"""opt_level at which the candidate's stack, by its default pipeline, optimises nothing."""
PLAIN = {
    "opt_level": IMPORT_LEVEL,
    "pipeline": "default",
    "precision": SINGLE,
    "build": None,
    "module": None,
    "input": None,
}
"""What of a candidate is another where its import alone is measured."""

APART = (
    "convert step not told apart from the import: the converted model by itself gives other scores "
    "than the reference, but once imported it gives the reference's"
)
"""The note where `stands_apart` holds."""


@dataclass(frozen=True)
class AttributionInput:
    """What the steps are run on."""

    case: Case
    """Its preprocessing, its reference's settings and its limits."""
    candidate: Candidate
    """The candidate as the row has it."""
    models: tuple[ModelFile, ModelFile]
    """The reference's and the candidate's."""
    data: bytes
    """The image file."""
    decoded: NDArray[Any] | None
    """`[H, W, C]` uint8 from the deployed decoder, before its resize."""
    tensor: NDArray[Any] | None
    """What the candidate is given."""
    preprocessing: str = ""
    """What the deployed program does to the file, step by step."""


def bounds(case: Case) -> CallLimits:
    """Limits of one run of a program."""
    return run_limits(case.limits)


def run(
    given: AttributionInput,
    first: Outcome,
    last: Outcome,
    reference: Reference,
    candidates: CandidateRunner,
) -> Attribution:
    """The scores after each step between two outcomes that are known already.

    `first` is the reference's on the file, `last` the candidate's. A step that fails is a note.
    """
    case, model = given.case, given.models[0]
    how, settings, within = case.preprocess, case.reference, bounds(case)
    notes: list[str] = []

    def scores_of(step: str, ask: Callable[[], NDArray[Any]]) -> NDArray[Any] | None:
        try:
            return ask()
        except NoAnswer as failure:
            notes.append(f"{step} step not measured: {failure.reason}")
            return None

    decoded = resized = converted = imported = None
    has_convert = _converts(given)
    if given.decoded is not None and given.tensor is not None:
        tensor, candidate, theirs = given.tensor, given.candidate, given.models[1]
        on_decoded = Question.on_decoded(model, how, settings, given.decoded)
        decoded = scores_of("decode", lambda: reference.answer(on_decoded, within).scores)
        on_tensor = Question.on_tensor(model, how, settings, tensor)
        on_tensor = replace(on_tensor, repeats=case.repeats)  # the question that the row asked
        resized = scores_of("resize", lambda: reference.answer(on_tensor, within).scores)
        if has_convert and given.candidate.compiled:
            converted = scores_of(
                CONVERT, lambda: candidates.run_converted(candidate, theirs, tensor, case.limits)
            )
        imported = scores_of("import", lambda: _imported(given, tensor, last, candidates))
    if converted is not None and stands_apart(resized, converted, imported):
        notes.append(APART)
        converted = None
    between = [imported] if converted is None else [converted, imported]
    steps = (CONVERTED_UNSEEN if converted is None else CONVERTED) if has_convert else DIRECT
    return attribution(
        [_scores(first), decoded, resized, *between, _scores(last)],
        steps,
        notes=tuple(notes),
        facts=_facts(given),
    )


def _facts(given: AttributionInput) -> tuple[str, ...]:
    """What both sides do to the file, and what of it decoders can read in other ways."""
    how, entry = given.case.preprocess, given.models[0].entry
    return (
        f"deployed program: {given.preprocessing}",
        f"reference: {reference_text(entry, how)}",
        *facts(given.data, entry.dct_method, how.exif),
    )


def _converts(given: AttributionInput) -> bool:
    """Whether the candidate's stack converts its model first."""
    steps = stack_named(given.candidate.stack).steps
    return given.models[1].format == "graphdef" and any(step.name == CONVERT for step in steps)


def _imported(
    given: AttributionInput, tensor: NDArray[Any], last: Outcome, candidates: CandidateRunner
) -> NDArray[Any]:
    """Scores of the candidate's stack at opt_level 0: its own where the stack compiles nothing.

    Raises NoAnswer.
    """
    if isinstance(last, Answer) and not given.candidate.compiled:
        return last.scores
    plain = given.candidate.model_copy(update=PLAIN)
    limits = given.case.limits
    return candidates.run(plain, given.models[1], tensor, limits, repeats=0).scores


def _scores(outcome: Outcome) -> NDArray[Any] | None:
    return outcome.scores if isinstance(outcome, Answer) else None


def _resize_remedy(given: AttributionInput) -> str:
    """How the deployed resize becomes the reference's."""
    if given.models[0].entry.kind == "pixels":
        tensorflow = "resizer=tensorflow", "resample=bilinear"
        how = " ".join(f"--with {change}" for change in tensorflow)
        where = "in every step that resizes" if given.case.preprocess.steps is not None else how
        return f"resize by TensorFlow, as the reference does ({where})"
    return (
        "leave the resize to the graph: keep the image's own size; or use the graph's own "
        "filter (--with resample=bilinear)"
    )


def remedy(given: AttributionInput, found: Effects) -> str:
    """What a person can do to remove the largest step; empty where there is no difference."""
    total = found.candidate - found.reference
    if math.isnan(total) or abs(total) < QUIET:
        return ""
    accurate = "dct_method='INTEGER_ACCURATE'"
    remedies = {
        "decode": (
            "decode with TensorFlow before the module (--with decoder=tensorflow), or give the "
            f"graph's decoder {accurate}, which is what Pillow does"
            if given.case.preprocess.decoder == "pillow"
            else f"both decode alike already; check that the graph's decoder has {accurate}"
        ),
        "resize": _resize_remedy(given),
        "convert": "give the graph to another converter, or to a stack that imports it as it is; "
        "compare the converted file op by op",
        "convert_and_import": "run the converted file by itself to tell the converter from the "
        "importer, or use a stack that imports the graph as it is",
        "import": "compare the graph op by op: the importer gives an op another meaning",
        "optimize": "lower opt_level or disable passes one by one until the step vanishes",
    }
    return remedies.get(found.largest, "")
