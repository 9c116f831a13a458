"""Two top-k lists → lines that hold them side by side, with each class's divergence once.

The one top-k table of the harness: HTML, terminal and pytest all draw these lines. The titles of
its two columns come from `program_names.program_titles`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.results.result import TopkRow


@dataclass(frozen=True)
class RankedClass:
    """One entry of one list."""

    label: str
    """Name of the class; `class 7` where it has none."""
    class_index: int
    """Index into the score vector."""
    score: float
    """This program's score of the class."""
    width: float
    """Length of its bar in percent: 100 is the largest score of the table."""


@dataclass(frozen=True)
class RankLine:
    """One rank of both lists, or a class that only the reference ranks (`rank` is None)."""

    rank: int | None
    """From 1. None: the class left the candidate's list, and `candidate` has its score outside."""
    reference: RankedClass | None
    """The reference's class of that rank; None where its list is shorter, or where it left."""
    candidate: RankedClass | None
    """The candidate's class of that rank; None where its list is shorter."""
    delta: float = math.nan
    """Candidate's minus reference's score, of the candidate's class."""
    delta_width: float = 0.0
    """Length of the divergence's bar in percent: 100 is the largest divergence of the table."""
    tied: bool = False
    """Whether the reference keeps its class of this rank and the next no further apart than a
    near-tie, so that they may change places."""

    @property
    def differs(self) -> bool:
        """Whether both lists have a class here and not the same one."""
        if self.rank is None or not self.reference or not self.candidate:
            return False
        return self.reference.class_index != self.candidate.class_index


def side_by_side(topk: Sequence[TopkRow], near_tie: float = math.nan) -> list[RankLine]:
    """Ranks in order, then the classes that left the candidate's list.

    Every class of either list has its divergence on exactly one line. `near_tie` is the gap of
    reference scores up to which two classes may change places; NaN: unknown.

    >>> owl = TopkRow("reference", 1, class_index=7, label="owl", score=0.5, other_score=0.125)
    >>> cat = TopkRow("candidate", 1, class_index=9, label="cat", score=0.75, other_score=0.25)
    >>> first, left = side_by_side([owl, cat])
    >>> first.rank, first.reference.label, first.candidate.label, first.delta, first.differs
    (1, 'owl', 'cat', 0.5, True)
    >>> left.rank, left.reference, left.candidate.label, left.candidate.score, left.delta
    (None, None, 'owl', 0.125, -0.375)
    """
    reference = {row.rank: row for row in topk if row.side == "reference"}
    candidate = {row.rank: row for row in topk if row.side == "candidate"}
    scores = [s for row in topk for s in (row.score, row.other_score) if math.isfinite(s)]
    scale = max(scores, default=0.0)
    lines = [
        RankLine(
            rank,
            _ranked(reference.get(rank), scale),
            _ranked(candidate.get(rank), scale),
            _divergence(candidate.get(rank)),
            tied=_gap(reference, rank) <= near_tie,
        )
        for rank in sorted(reference.keys() | candidate.keys())
    ]
    if candidate:
        kept = {row.class_index for row in candidate.values()}
        left = [row for row in reference.values() if row.class_index not in kept]
        lines += [_outside(row, scale) for row in left]
    return _with_delta_bars(lines)


def _gap(reference: Mapping[int, TopkRow], rank: int) -> float:
    """How far the reference keeps its classes of a rank and the next apart; NaN at the last."""
    if rank not in reference or rank + 1 not in reference:
        return math.nan
    return reference[rank].score - reference[rank + 1].score


def _ranked(row: TopkRow | None, scale: float) -> RankedClass | None:
    return _class_of(row, row.score, scale) if row else None


def _class_of(row: TopkRow, score: float, scale: float) -> RankedClass:
    label = row.label or f"class {row.class_index}"
    return RankedClass(label, row.class_index, score, _percent(score, scale))


def _outside(row: TopkRow, scale: float) -> RankLine:
    """The line of a class that the reference ranks and the candidate does not."""
    candidate = _class_of(row, row.other_score, scale)
    return RankLine(None, None, candidate, row.other_score - row.score)


def _divergence(row: TopkRow | None) -> float:
    return row.score - row.other_score if row else math.nan


def _with_delta_bars(lines: Sequence[RankLine]) -> list[RankLine]:
    scale = max((abs(ln.delta) for ln in lines if math.isfinite(ln.delta)), default=0.0)
    return [replace(line, delta_width=_percent(abs(line.delta), scale)) for line in lines]


def _percent(value: float, scale: float) -> float:
    """Percent of `scale`; nothing to draw for NaN, infinities and negative scores."""
    return round(100 * value / scale, 2) if scale > 0 and 0 < value <= scale else 0.0
