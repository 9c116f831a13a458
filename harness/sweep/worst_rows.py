"""The rows to look at first, and those in which nothing was compared; bounded lists of both."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.reports.order import SEVERITY
from harness.results.status import Status
from harness.sweep.arrays import numbers, texts

WORST = 25
"""Rows listed of a candidate and scope."""
WAYS = 20
"""Ways of not being compared that are listed."""
_PLACES = {status.value: place for place, status in enumerate(SEVERITY)}
FAILING = [status.value for status in Status if status.kind == "failing"]
"""Statuses that fail."""


@dataclass(frozen=True)
class WorstRow:
    """A compared image with both answers."""

    image: str
    """Its name."""
    status: str
    """As in Row."""
    reason: str
    """As in Row."""
    known_failure: str
    """As in Row."""
    true_class: int | None
    """None where it is not known."""
    reference_class: int | None
    """The reference's top-1 class; None where its scores name none."""
    reference_score: float
    """Its score of it."""
    candidate_class: int | None
    """The candidate's top-1 class; None likewise."""
    candidate_score: float
    """Its score of that class; NaN where the table does not have it."""
    divergence: float
    """Candidate minus reference, of the reference's top-1 class."""
    max_abs: float
    """Largest |candidate − reference| over all classes."""


@dataclass(frozen=True)
class NotCompared:
    """Images in which nothing was compared, for one cause."""

    status: str
    """As in Row."""
    stage: str
    """As in Row."""
    images: int
    """How many."""
    image: str
    """The first of them by name."""
    reason: str
    """Its reason."""


def worst_of(compared: pd.DataFrame) -> tuple[WorstRow, ...]:
    """At most WORST rows: failing ones first, those of known failures after them, by max_abs."""
    failing = np.isin(texts(compared, "status"), FAILING)
    excused = texts(compared, "known_failure") != ""
    rank = np.where(failing & ~excused, 0, np.where(failing, 1, 2))
    size = numbers(compared, "max_abs")
    order = np.lexsort((texts(compared, "image"), -np.nan_to_num(size, nan=np.inf), rank))
    return tuple(_worst(row) for row in compared.iloc[order[:WORST]].to_dict("records"))


def _worst(row: Mapping[Any, Any]) -> WorstRow:
    before, after = _class(row["top1_class"]), _class(row["candidate_top1_class"])
    of_reference, best = float(row["candidate_score"]), row["candidate_topk_scores"]
    known = best is not None and len(best) > 0
    return WorstRow(
        image=str(row["image"]),
        status=str(row["status"]),
        reason=_text(row["reason"]),
        known_failure=_text(row["known_failure"]),
        true_class=_class(row["true_class"]),
        reference_class=before,
        reference_score=float(row["reference_score"]),
        candidate_class=after,
        candidate_score=of_reference if before == after else float(best[0]) if known else math.nan,
        divergence=float(row["divergence"]),
        max_abs=float(row["max_abs"]),
    )


def _class(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def not_compared_of(rows: pd.DataFrame) -> tuple[NotCompared, ...]:
    """At most WAYS causes of rows in which nothing was compared, the most images first."""
    names = ["status", "stage"]
    ordered = rows.sort_values("image", kind="stable")
    grouped = ordered.groupby([texts(ordered, name) for name in names], sort=False)
    found = [
        NotCompared(
            str(status),
            str(stage),
            len(members),
            str(members["image"].iloc[0]),
            str(texts(members, "reason")[0]),
        )
        for (status, stage), members in grouped
    ]
    found.sort(key=lambda one: (-one.images, _PLACES.get(one.status, 0), one.stage))
    return tuple(found[:WAYS])
