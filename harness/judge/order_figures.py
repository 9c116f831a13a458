"""How far the order of the classes agrees: top-k lists, inversions, flips."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judge.scores import Scores, ranking


@dataclass(frozen=True, kw_only=True)
class OrderFigures:
    """Figures of the order. A field of the name of a `Row` column becomes that column."""

    k: int
    """How many of the top classes were compared in order; at most the number of classes."""
    reference_top: tuple[int, ...]
    """The reference's top-k classes, best first."""
    candidate_top: tuple[int, ...]
    """The candidate's."""
    top1_equal: bool
    """Whether both have the same top-1 class."""
    topk_overlap: float
    """Share of the reference's top-k classes that the candidate's top-k holds too, 0 to 1."""
    topk_order_equal: bool
    """Whether the two lists are the same, rank by rank."""
    first_disagreement_rank: int | None
    """First rank, from 1, at which the lists differ; None where none does."""
    near_ties: int
    """Neighbouring pairs in the reference's top k+1 whose scores differ by at most near_tie."""
    inversions: int
    """Pairs of listed classes that the two sides order differently, their scores finite."""
    flips: int
    """Those inversions whose reference scores differ by more than near_tie."""
    worst_flip: tuple[int, int] | None
    """The flip with the largest gap, the reference's better class first; None without flips."""


def order_figures(reference: Scores, candidate: Scores, k: int, near_tie: float) -> OrderFigures:
    """Figures of two score vectors of one length; `near_tie` is a gap of reference scores."""
    top_r, top_c = ranking(reference)[:k], ranking(candidate)[:k]
    pairs = inverted_pairs(reference, candidate, k)
    pairs = pairs[np.isfinite(reference[pairs]).all(axis=1)]  # a gap to NaN or Inf has no size
    gaps = reference[pairs[:, 0]] - reference[pairs[:, 1]]
    flips = gaps > near_tie
    differ = np.flatnonzero(top_r != top_c)
    return OrderFigures(
        k=k,
        reference_top=tuple(map(int, top_r)),
        candidate_top=tuple(map(int, top_c)),
        top1_equal=bool(top_r[0] == top_c[0]),
        topk_overlap=np.intersect1d(top_r, top_c).size / k,
        topk_order_equal=not differ.size,
        first_disagreement_rank=int(differ[0]) + 1 if differ.size else None,
        near_ties=near_tie_count(reference, k, near_tie),
        inversions=len(pairs),
        flips=int(flips.sum()),
        worst_flip=_widest(pairs, gaps) if flips.any() else None,
    )


def near_tie_count(reference: Scores, k: int, near_tie: float) -> int:
    """Neighbouring pairs among the reference's top k+1 whose scores differ by at most near_tie."""
    top = reference[ranking(reference)[: k + 1]]
    top = top[np.isfinite(top)]
    return int((top[:-1] - top[1:] <= near_tie).sum())


def inverted_pairs(reference: Scores, candidate: Scores, k: int) -> NDArray[np.intp]:
    """Pairs (a, b) that the reference orders a before b and the candidate b before a, `[M, 2]`.

    Both classes are drawn from the union of the two top-k lists: an inversion below both lists
    moves nothing that a user sees.
    """
    order_r, order_c = ranking(reference), ranking(candidate)
    rank_r, rank_c = np.argsort(order_r), np.argsort(order_c)
    listed = np.union1d(order_r[:k], order_c[:k])
    a, b = (grid.ravel() for grid in np.meshgrid(listed, listed, indexing="ij"))
    inverted = (rank_r[a] < rank_r[b]) & (rank_c[a] > rank_c[b])
    return np.stack([a[inverted], b[inverted]], axis=1)


def _widest(pairs: NDArray[np.intp], gaps: Scores) -> tuple[int, int]:
    a, b = pairs[int(gaps.argmax())]
    return int(a), int(b)
