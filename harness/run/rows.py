"""Verdict + answers → the lines of the tables."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.scope import Scope
from harness.execution.outcome import Answer
from harness.inputs.labels import LabelMap
from harness.judge.attribution import Attribution, effects, moved_most, sentence
from harness.judge.auto_rule import Evidence
from harness.judge.compare import Comparison, as_scores
from harness.judge.verdict import Verdict
from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.row import Row
from harness.run.plan import Task

Vectors = tuple[NDArray[Any], NDArray[Any]]
SIDES = ("reference", "candidate")


@dataclass(frozen=True)
class About:
    """Row fields that are known before any verdict."""

    model_sha256: str
    candidate_model_sha256: str
    image_sha256: str
    input_shape: str
    notes: str


def result(
    task: Task,
    scope: Scope,
    verdict: Verdict,
    answers: tuple[Answer, Answer],
    labels: LabelMap,
    about: About,
    thumbnail: str,
) -> Result:
    """The row of one scope with its top-k lines and, end to end, the published answers."""
    known = task.known_failure(scope, verdict.status)
    reason = _named(verdict, labels)
    row = task.row(scope, verdict.status, reason).model_copy(
        update={
            **vars(about),
            "rule": verdict.rule,
            "known_failure": known,
            "atol": verdict.limits.atol,
            "rtol": verdict.limits.rtol,
            "near_tie": verdict.limits.near_tie,
            **_evidence(verdict.evidence),
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
    if verdict.evidence is not None and row.noise > 0:
        row = row.model_copy(update={"margin_over_noise": row.margin / row.noise})
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


def _evidence(found: Evidence | None) -> dict[str, float]:
    """Row fields from truth and noise."""
    if found is None:
        return {}
    known = {"noise": found.rounding.noise, "error_ratio": found.error_ratio}
    if found.errors is None:
        return known
    return known | {
        "reference_error": found.errors.reference,
        "candidate_error": found.errors.candidate,
        "reference_error_max": found.errors.reference_max,
        "candidate_error_max": found.errors.candidate_max,
    }


def explained(found: Result, chain: Attribution, labels: LabelMap) -> Result:
    """The result with the chain's parts for the reference's top-1 and the most moved class."""
    if found.row.top1_class is None:
        return found
    top, moved = effects(chain, found.row.top1_class), effects(chain, moved_most(chain))
    update: dict[str, Any] = {f"{step}_effect": part for step, part in top.steps.items()}
    update |= {f"moved_{step}_effect": part for step, part in moved.steps.items()}
    update |= {
        "moved_class": moved.class_index,
        "moved_label": labels.name_of(moved.class_index),
        "explanation": sentence(top, labels.name_of(top.class_index)),
        "notes": "; ".join(note for note in (found.row.notes, *chain.notes) if note),
    }
    return found.model_copy(update={"row": found.row.model_copy(update=update)})


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
        "order_agrees": not found.flips,
        "margin": _margin(vectors[0]),
        "candidate_top1_class": other,
        "candidate_top1_label": labels.name_of(other),
    }


def _margin(scores: NDArray[Any]) -> float:
    """Top-1 minus top-2; NaN for a single class."""
    best = np.sort(scores[np.isfinite(scores)].astype(np.float64))[::-1]
    return float(best[0] - best[1]) if best.size > 1 else float("nan")


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
