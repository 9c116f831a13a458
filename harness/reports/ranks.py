"""Two top-k lists → lines that hold them side by side, with each class's divergence once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.row import TopkRow


@dataclass(frozen=True)
class Side:
    """One entry of one list; `width` is the length of its bar in percent."""

    label: str
    class_index: int
    score: float
    width: float


@dataclass(frozen=True)
class RankLine:
    """One rank of both lists. `delta` is the candidate's class's, candidate minus reference.

    A line of rank None is a class that only the reference ranks: `candidate` is then its score
    outside the candidate's list.
    """

    rank: int | None
    reference: Side | None
    candidate: Side | None
    delta: float = math.nan
    delta_width: float = 0.0

    @property
    def differs(self) -> bool:
        """Whether both lists have a class here and not the same one."""
        if self.rank is None or not self.reference or not self.candidate:
            return False
        return self.reference.class_index != self.candidate.class_index


def side_by_side(topk: Sequence[TopkRow]) -> list[RankLine]:
    """Ranks in order, then the classes that left the candidate's list."""
    reference = {row.rank: row for row in topk if row.side == "reference"}
    candidate = {row.rank: row for row in topk if row.side == "candidate"}
    scores = [s for row in topk for s in (row.score, row.other_score) if math.isfinite(s)]
    scale = max(scores, default=0.0)
    lines = [
        RankLine(
            rank,
            _side(reference.get(rank), scale),
            _side(candidate.get(rank), scale),
            _delta(candidate.get(rank)),
        )
        for rank in sorted(reference.keys() | candidate.keys())
    ]
    if candidate:
        kept = {row.class_index for row in candidate.values()}
        lines += [_left(row, scale) for row in reference.values() if row.class_index not in kept]
    return _with_delta_bars(lines)


def _side(row: TopkRow | None, scale: float) -> Side | None:
    return _entry(row, row.score, scale) if row else None


def _entry(row: TopkRow, score: float, scale: float) -> Side:
    label = row.label or f"class {row.class_index}"
    return Side(label, row.class_index, score, _share(score, scale))


def _left(row: TopkRow, scale: float) -> RankLine:
    return RankLine(None, None, _entry(row, row.other_score, scale), row.other_score - row.score)


def _delta(row: TopkRow | None) -> float:
    return row.score - row.other_score if row else math.nan


def _with_delta_bars(lines: Sequence[RankLine]) -> list[RankLine]:
    scale = max((abs(ln.delta) for ln in lines if math.isfinite(ln.delta)), default=0.0)
    return [
        RankLine(ln.rank, ln.reference, ln.candidate, ln.delta, _share(abs(ln.delta), scale))
        for ln in lines
    ]


def _share(value: float, scale: float) -> float:
    """Percent of `scale`; nothing to draw for NaN, infinities and negative scores."""
    return round(100 * value / scale, 2) if scale > 0 and 0 < value <= scale else 0.0
