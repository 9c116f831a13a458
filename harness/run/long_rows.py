"""The rows in long form that belong to a judged row: top-k lists and published scores."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.expectation import Published
from harness.inputs.labels import LabelMap
from harness.results.result import ExpectedRow, TopkRow
from harness.results.row import Row

SIDES = ("reference", "candidate")
Lists = tuple[tuple[int, ...], tuple[int, ...]]
"""Class indices of the reference's and of the candidate's top-k list, best first."""
Vectors = tuple[NDArray[Any], NDArray[Any]]
"""The reference's and the candidate's scores, `[N]` each."""


def topk_rows(lists: Lists, vectors: Vectors, labels: LabelMap) -> tuple[TopkRow, ...]:
    """One row for each rank of both top-k lists."""
    return tuple(
        TopkRow(
            side=SIDES[side],
            rank=rank,
            class_index=index,
            label=labels.name_of(index),
            score=float(vectors[side][index]),
            other_score=float(vectors[1 - side][index]),
        )
        for side in (0, 1)
        for rank, index in enumerate(lists[side], 1)
    )


def expected_rows(
    row: Row,
    published: Sequence[Published],
    lists: Lists,
    vectors: Vectors,
    labels: LabelMap,
) -> tuple[ExpectedRow, ...]:
    """Published scores beside what the same side measured at that rank; only end to end."""
    if row.scope != "end_to_end":
        return ()
    return tuple(
        _expected_row(row, one, rank, lists, vectors, labels)
        for one in published
        if one.image == row.image
        for rank in range(1, len(one.top) + 1)
    )


def _expected_row(
    row: Row,
    one: Published,
    rank: int,
    lists: Lists,
    vectors: Vectors,
    labels: LabelMap,
) -> ExpectedRow:
    side, (label, score) = SIDES.index(one.side), one.top[rank - 1]
    about = {"case": row.case, "image": row.image, "candidate": row.candidate}
    published = ExpectedRow(
        **about, side=one.side, rank=rank, label=label, score=score, source=one.source
    )
    if rank > len(lists[side]):
        return published
    index = lists[side][rank - 1]
    measured, name = float(vectors[side][index]), labels.name_of(index)
    same = label.casefold() in (name.casefold(), name.split(",")[0].casefold())
    columns = {
        "measured_label": name,
        "measured_score": measured,
        "difference": measured - score if same else np.nan,
    }
    return ExpectedRow.model_validate(published.model_dump() | columns)
