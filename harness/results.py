"""Verdict + answers → the lines of the tables."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.case import Scope
from harness.compare import Comparison, as_scores
from harness.labels import LabelMap
from harness.outcome import Scored
from harness.plan import Task
from harness.row import ExpectedRow, Result, Row, TopkRow
from harness.verdict import Verdict

Vectors = tuple[NDArray[Any], NDArray[Any]]
SIDES = ("reference", "candidate")


def result(
    task: Task,
    scope: Scope,
    verdict: Verdict,
    answers: tuple[Scored, Scored],
    labels: LabelMap,
    about: dict[str, Any],
    thumbnail: str,
) -> Result:
    """The row of one scope with its top-k lines and, end to end, the published answers."""
    known = task.known_failure(scope, verdict.status)
    reason = _named(verdict, labels)
    row = task.row(scope, verdict.status, reason).model_copy(
        update={
            **about,
            "rule": verdict.rule,
            "known_failure": known,
            **asdict(verdict.limits),
            "reference_ms": answers[0].ms,
            "candidate_ms": answers[1].ms,
            **answers[0].facts,
            **answers[1].facts,
        }
    )
    found = verdict.comparison
    if found is None:
        return Result(row=row, thumbnail=thumbnail)
    vectors = as_scores(answers[0].scores), as_scores(answers[1].scores)
    row = row.model_copy(update=_figures(found, vectors, labels))
    return Result(
        row=Row.model_validate(row.model_dump()),
        topk=tuple(_topk(row, found, vectors, labels)),
        expected=tuple(_expected(task, row, found, vectors, labels)),
        thumbnail=thumbnail,
    )


def _named(verdict: Verdict, labels: LabelMap) -> str:
    """The reason with class numbers given their names."""
    found = verdict.comparison
    if found is None or not labels.count:
        return verdict.reason
    reason = verdict.reason
    for index in {found.max_abs_class, found.atol_needed_class, *(found.worst_flip or ())}:
        for word in ("class", "classes", "and"):
            reason = reason.replace(
                f"{word} {index} ", f"{word} {index} ({labels.name_of(index)}) "
            )
    return reason


def _figures(found: Comparison, vectors: Vectors, labels: LabelMap) -> dict[str, Any]:
    """Row fields from a comparison: those of the same name, and the top-1 story."""
    same = {n: v for n, v in asdict(found).items() if n in Row.model_fields}
    first, other = found.reference_top[0], found.candidate_top[0]
    reference, candidate = float(vectors[0][first]), float(vectors[1][first])
    return same | {
        "top1_class": first,
        "top1_label": labels.name_of(first),
        "reference_score": reference,
        "candidate_score": candidate,
        "divergence": candidate - reference,
        "candidate_top1_class": other,
        "candidate_top1_label": labels.name_of(other),
    }


def _topk(row: Row, found: Comparison, vectors: Vectors, labels: LabelMap) -> list[TopkRow]:
    lists = (found.reference_top, found.candidate_top)
    return [
        TopkRow(
            **_identity(row),
            scope=row.scope,
            side=SIDES[side],
            rank=rank,
            class_index=index,
            label=labels.name_of(index),
            score=float(vectors[side][index]),
            other_score=float(vectors[1 - side][index]),
        )
        for side in (0, 1)
        for rank, index in enumerate(lists[side], 1)
    ]


def _expected(
    task: Task, row: Row, found: Comparison, vectors: Vectors, labels: LabelMap
) -> list[ExpectedRow]:
    """Published answers beside what the same side measured; only end to end."""
    if row.scope != "end_to_end":
        return []
    lists = dict(zip(SIDES, (found.reference_top, found.candidate_top), strict=True))
    scores = dict(zip(SIDES, vectors, strict=True))
    return [
        _held_against(row, published.side, rank, pair, lists, scores, labels)
        for published in task.case.published
        if published.image == row.image
        for rank, pair in enumerate(published.top, 1)
    ]


def _held_against(
    row: Row,
    side: str,
    rank: int,
    pair: tuple[str, float],
    lists: dict[str, tuple[int, ...]],
    scores: dict[str, NDArray[Any]],
    labels: LabelMap,
) -> ExpectedRow:
    label, score = pair
    if rank > len(lists[side]):
        return ExpectedRow(**_identity(row), side=side, rank=rank, label=label, score=score)
    index = lists[side][rank - 1]
    measured = float(scores[side][index])
    name = labels.name_of(index)
    same = label.casefold() in (name.casefold(), name.split(",")[0].casefold())
    return ExpectedRow(
        **_identity(row),
        side=side,
        rank=rank,
        label=label,
        score=score,
        measured_label=name,
        measured_score=measured,
        difference=measured - score if same else np.nan,
    )


def _identity(row: Row) -> dict[str, str]:
    return {"case": row.case, "image": row.image, "candidate": row.candidate}
