"""Which class turned into which: compared images whose top-1 class differs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.sweep.arrays import class_numbers, flags

LISTED = 20
"""Pairs of classes that are listed."""


@dataclass(frozen=True)
class ClassChange:
    """Images that the reference puts into one class and the candidate into another."""

    reference: int
    """The reference's top-1 class."""
    candidate: int
    """The candidate's top-1 class."""
    images: int
    """How many images."""
    near_ties: int
    """Those of them that near-ties explain: `order_agrees` is true."""
    lost: int
    """Those of them that only the reference classifies rightly."""
    gained: int
    """Those of them that only the candidate classifies rightly."""


@dataclass(frozen=True)
class ClassChanges:
    """The pairs of classes with the most images."""

    listed: tuple[ClassChange, ...]
    """At most LISTED, most images first."""
    pairs: int
    """How many pairs of classes there are."""
    images: int
    """How many images all of them have."""


def changes_of(compared: pd.DataFrame) -> ClassChanges:
    """Of rows that were compared."""
    flipped = compared[~flags(compared, "top1_equal")]
    before = class_numbers(flipped, "top1_class")
    after = class_numbers(flipped, "candidate_top1_class")
    truth = class_numbers(flipped, "true_class")
    counts = pd.DataFrame(
        {
            "images": np.ones(len(flipped), np.int64),
            "near_ties": flags(flipped, "order_agrees").astype(np.int64),
            "lost": (before == truth).astype(np.int64),
            "gained": (after == truth).astype(np.int64),
        }
    )
    pairs = counts.groupby([before, after]).sum()
    order = pairs.sort_values("images", ascending=False, kind="stable").head(LISTED)
    listed = tuple(
        ClassChange(int(first), int(second), *(int(value) for value in values))
        for (first, second), values in zip(order.index, order.to_numpy(), strict=True)
    )
    return ClassChanges(listed, len(pairs), len(flipped))
