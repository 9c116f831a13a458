"""A task and its scores ↔ the `Capture` that a row carries, and that later commands read."""

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.cases.case import Case
from harness.judge.auto_rule import Evidence
from harness.judge.measured_scores import MeasuredScores
from harness.judge.scores import NothingToCompareError, as_scores
from harness.results.capture import MAX_CLASSES, Capture, CapturedScores, decoded, encoded, foreign
from harness.results.result import Result
from harness.results.validation_words import problems
from harness.run.own_candidates import require_trust
from harness.run.plan import Task
from harness.run.settings import Settings

EVIDENCE: TypeAdapter[Evidence | None] = TypeAdapter(Evidence | None)


def captured(result: Result, task: Task, scores: MeasuredScores | None = None) -> Result:
    """The result with what it takes to judge and to run it again."""
    return result.model_copy(update={"capture": _capture(task, scores)})


def _capture(task: Task, scores: MeasuredScores | None) -> Capture:
    image, candidate = task.image.name or "", task.candidate.id
    known = (one for one in task.case.known_failures if one.may_be_about(image, candidate))
    alone = {
        "images": (task.image,),
        "candidates": (task.candidate,),
        "known_failures": tuple(known),
        "published": (),
        "description": "",
    }
    return Capture(
        case=task.case.model_copy(update=alone).model_dump(mode="json", exclude_defaults=True),
        folder=str(task.assets.base.resolve()),
        reference_stack=task.reference,
        scores=_scores(scores) if scores else None,
    )


def _scores(scores: MeasuredScores) -> CapturedScores | None:
    """The two vectors and what was measured; None for what is too long, or no scores."""
    try:
        vectors = [as_scores(each) for each in (scores.reference, scores.candidate)]
    except NothingToCompareError:
        return None
    if max(vector.size for vector in vectors) > MAX_CLASSES:
        return None
    return CapturedScores(
        reference=encoded(vectors[0]),
        candidate=encoded(vectors[1]),
        evidence=asdict(scores.evidence) if scores.evidence else None,
        noise=scores.noise,
        decoder_noise=scores.decoder_noise,
    )


def case_of(capture: Capture) -> Case:
    """The case of a row, with its image and its candidate alone; raises ReportError."""
    return _case_from(json.dumps(capture.case))


def judging_case(capture: Capture) -> Case:
    """The case of a row as far as its limits go: with no image of the run; raises ReportError."""
    return _case_from(json.dumps(capture.case | {"images": [{"path": "-"}]}))


@lru_cache(64)
def _case_from(text: str) -> Case:
    try:
        return Case.model_validate(json.loads(text))
    except ValidationError as error:
        raise foreign(problems(error)) from error


def scores_of(capture: Capture) -> MeasuredScores | None:
    """What the row was judged by; None where nothing was compared. Raises ReportError."""
    found = capture.scores
    if found is None:
        return None
    vectors = decoded(found.reference), decoded(found.candidate)
    try:
        evidence = EVIDENCE.validate_python(found.evidence)
    except ValidationError as error:
        raise foreign(problems(error)) from error
    return MeasuredScores(*vectors, evidence, found.noise, found.decoder_noise)


def task_of(result: Result, capture: Capture, settings: Settings) -> Task:
    """The task of a row, to be run again; raises ReportError, CaseError.

    Its paths may lead anywhere: whoever runs it compares the files' digests with the row's before
    anything reads them.
    """
    case, row = settings.bounded(case_of(capture)), result.row
    if len(case.images) != 1 or len(case.candidates) != 1:
        raise foreign("it holds more than one comparison")
    require_trust(row.case, case, settings)
    assets = settings.assets(Path(capture.folder), unrestricted=True)
    (image,), (candidate,) = case.images, case.candidates
    return Task(row.case, case, image, candidate, assets, capture.reference_stack)
