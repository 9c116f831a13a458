"""A verdict and two answers, or the failure that stands in for them → rows of the tables.

Every column of the dataclasses that are merged here (`Comparison`, `Evidence`, the facts of the two
programs) has the name of the `Row` column that it becomes, so a new one needs no change here.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.scope import Scope
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.inputs.labels import LabelMap
from harness.judge.attribution import Attribution, effects, most_moved_class, sentence
from harness.judge.auto_rule import Evidence
from harness.judge.compare import Comparison
from harness.judge.deviation import Deviation, Domain
from harness.judge.scores import as_scores
from harness.judge.verdict import Verdict
from harness.results.result import Result
from harness.results.row import Row
from harness.run.excuses import excused
from harness.run.long_rows import expected_rows, topk_rows
from harness.run.plan import Task

Vectors = tuple[NDArray[Any], NDArray[Any]]
"""The reference's and the candidate's scores, `[N]` each."""


@dataclass(frozen=True)
class FileFacts:
    """Columns of `Row` that are known of the files; each field is the column of its name."""

    model_sha256: str
    """SHA-256 of the reference's model file."""
    candidate_model_sha256: str
    """SHA-256 of the model file the candidate was compiled from."""
    image_sha256: str
    """SHA-256 of the image file."""
    input_shape: str
    """Shape of the tensor the candidate was given."""
    notes: str
    """Remarks about the files and the runs, separated by `; `."""
    preprocessing: str
    """What the deployed program did to the image file, step by step."""


def joined(notes: Iterable[str]) -> str:
    """The column `notes`: each note once, however many runs gave it.

    >>> joined(("noise not measured: no memory", "", "noise not measured: no memory", "named .jpg"))
    'noise not measured: no memory; named .jpg'
    """
    return "; ".join(note for note in dict.fromkeys(notes) if note)


def failed_result(
    task: Task,
    scope: Scope,
    failure: NoAnswer,
    known: FileFacts | None = None,
    candidate: Outcome | None = None,
    thumbnail: str = "",
) -> Result:
    """The row of a scope in which nothing was compared, with all that is known of it.

    The log of the worker process goes with a failing row; a skipped row has none.
    """
    row = _updated(
        task.row(scope, failure.status, failure.reason),
        {**(asdict(known) if known else task.digests()), **_candidate_columns(candidate)},
    )
    log = failure.log if failure.status.kind == "failing" else ""
    return Result(row=excused(task.case, row), thumbnail=thumbnail, log=log)


def _candidate_columns(candidate: Outcome | None) -> dict[str, Any]:
    """Target, version and seconds of a candidate that ran; stage and seconds of one that failed."""
    if candidate is None:
        return {}
    if isinstance(candidate, Answer):
        return asdict(candidate.facts)
    return {**asdict(candidate.seconds), "stage": candidate.stage}


def compared_result(
    task: Task,
    scope: Scope,
    verdict: Verdict,
    answers: tuple[Answer, Answer],
    labels: LabelMap,
    known: FileFacts,
    thumbnail: str,
) -> Result:
    """The row of a judged scope with its top-k rows and, end to end, the published scores."""
    columns: dict[str, Any] = {
        **asdict(known),
        "rule": verdict.rule,
        "atol": verdict.limits.atol,
        "rtol": verdict.limits.rtol,
        "near_tie": verdict.limits.near_tie,
        **_evidence_columns(verdict.evidence),
        "reference_ms": answers[0].ms,
        "candidate_ms": answers[1].ms,
        **asdict(answers[0].facts),
        **asdict(answers[1].facts),
    }
    row = task.row(scope, verdict.status, _with_class_names(verdict, labels))
    found = verdict.comparison
    if found is None:
        return Result(row=excused(task.case, _updated(row, columns)), thumbnail=thumbnail)
    vectors = as_scores(answers[0].scores), as_scores(answers[1].scores)
    columns |= _comparison_columns(found, vectors, labels)
    if verdict.evidence is not None and verdict.evidence.noise > 0:
        columns["margin_over_noise"] = columns["margin"] / verdict.evidence.noise
    row = excused(task.case, _updated(row, columns))
    lists = found.reference_top, found.candidate_top
    return Result(
        row=row,
        topk=topk_rows(lists, vectors, labels),
        expected=expected_rows(row, task.case.published, lists, vectors, labels),
        thumbnail=thumbnail,
    )


def with_attribution(result: Result, steps: Attribution, labels: LabelMap) -> Result:
    """The result with the effects on the reference's top-1 class and on the most moved class."""
    if result.row.top1_class is None:
        return result
    top = effects(steps, result.row.top1_class)
    moved = effects(steps, most_moved_class(steps))
    label, known = labels.name_of(top.class_index), result.row.notes
    columns = {
        **{f"{step}_effect": part for step, part in top.steps.items()},
        **{f"moved_{step}_effect": part for step, part in moved.steps.items()},
        "moved_class": moved.class_index,
        "moved_label": labels.name_of(moved.class_index),
        "explanation": sentence(top, label, result.row.candidate_program),
        "notes": joined((result.row.notes, *(n for n in steps.notes if n not in known))),
    }
    return result.model_copy(update={"row": _updated(result.row, columns)})


def _updated(row: Row, columns: dict[str, Any]) -> Row:
    """A row with other columns, validated; raises pydantic's ValidationError for an unknown one."""
    return Row.model_validate(row.model_dump() | columns)


def _with_class_names(verdict: Verdict, labels: LabelMap) -> str:
    """The verdict's reason with the names of the classes after their numbers."""
    found = verdict.comparison
    if found is None or not labels.count:
        return verdict.reason
    reason = verdict.reason
    for index in {
        found.max_abs_class,
        found.atol_needed_class,
        found.deviation.raised,
        found.deviation.lowered,
        *(found.worst_flip or ()),
    }:
        for word in ("class", "classes", "and"):
            reason = reason.replace(
                f"{word} {index} ", f"{word} {index} ({labels.name_of(index)}) "
            )
    return reason


def _evidence_columns(found: Evidence | None) -> dict[str, Any]:
    return _columns_of_row(found) if found else {}


def _comparison_columns(found: Comparison, vectors: Vectors, labels: LabelMap) -> dict[str, Any]:
    """Columns of the same name, and both programs' top-1 classes."""
    first, other = found.reference_top[0], found.candidate_top[0]
    reference, candidate = float(vectors[0][first]), float(vectors[1][first])
    return (
        _columns_of_row(found)
        | _deviation_columns(found.deviation)
        | {
            "top1_class": first,
            "top1_label": labels.name_of(first),
            "reference_score": reference,
            "candidate_score": candidate,
            "divergence": candidate - reference,
            "order_agrees": not found.flips,
            "margin": _margin(vectors[0]),
            "candidate_top1_class": other,
            "candidate_top1_label": labels.name_of(other),
        }
    )


def _deviation_columns(found: Deviation) -> dict[str, Any]:
    """What is said of two distributions; nothing of other scores."""
    if found.domain is not Domain.LOG:
        return {}
    return {
        "log_error": found.size,
        "normalisation": found.normalisation,
        "odds_change": found.odds_change,
        "odds_class": found.raised,
        "odds_against_class": found.lowered,
    }


def _columns_of_row(found: Comparison | Evidence) -> dict[str, Any]:
    """The fields whose names are columns of `Row`."""
    names = [field.name for field in fields(found) if field.name in Row.model_fields]
    return {name: getattr(found, name) for name in names}


def _margin(scores: NDArray[Any]) -> float:
    """Top-1 minus top-2; NaN for a single class."""
    best = np.sort(scores[np.isfinite(scores)].astype(np.float64))[::-1]
    return float(best[0] - best[1]) if best.size > 1 else float("nan")
