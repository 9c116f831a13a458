"""The reference's top-1 score against the candidate's score of the same class, counted in cells."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.sweep.arrays import numbers

FINE, COARSE = 120, 60
"""Cells a side: of up to FEW images, and of more."""
FEW = 3000
"""Images that are drawn nearly one by one."""


@dataclass(frozen=True)
class ScoreBins:
    """A square of `side` × `side` cells; those without an image are left out."""

    low: float
    """Score at the left and the lower edge."""
    high: float
    """Score at the right and the upper edge."""
    side: int
    """Cells a side."""
    cells: tuple[tuple[int, int, int], ...]
    """Column (reference) and row (candidate), each from 0 at `low`, and the images in the cell."""
    images: int
    """Images that are drawn."""
    left_out: int
    """Compared images that are not, because a score is NaN or infinite."""


def bins_of(compared: pd.DataFrame) -> ScoreBins | None:
    """Of rows that were compared; None where none has two finite scores."""
    scores = np.stack([numbers(compared, "reference_score"), numbers(compared, "candidate_score")])
    finite = np.isfinite(scores).all(axis=0)
    found = scores[:, finite]
    if not found.size:
        return None
    side = FINE if found.shape[1] <= FEW else COARSE
    low, high = float(found.min()), float(found.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    places = _places(found, low, high, side)
    cells, counts = np.unique(places[0] * side + places[1], return_counts=True)
    return ScoreBins(
        low,
        high,
        side,
        tuple(
            (int(cell) // side, int(cell) % side, int(count))
            for cell, count in zip(cells, counts, strict=True)
        ),
        images=found.shape[1],
        left_out=int((~finite).sum()),
    )


def _places(
    scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]], low: float, high: float, side: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Cells from 0 to side − 1; the middle where all scores are the same."""
    if not high > low:
        return np.full(scores.shape, side // 2, np.int64)
    return np.minimum((scores - low) / (high - low) * side, side - 1).astype(np.int64)
