"""How often both programs give the same answer, and which of them is right."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.sweep.arrays import class_numbers, flags, known
from harness.sweep.paired import detectable_drop, drop_interval, mcnemar_p
from harness.sweep.shares import Share, largest_unseen, share


@dataclass(frozen=True)
class AnswerAgreement:
    """Of the compared images: those whose answers agree."""

    top1: Share
    """The same top-1 class."""
    top1_beyond_ties: Share
    """The same, or exchanged with a class that is a near-tie of it: `order_agrees` is true."""
    topk: Share
    """The same top-k list, rank by rank."""
    topk_beyond_ties: Share
    """The same list once near-ties are set aside."""
    unseen: float
    """Where every image has the same top-1 class: the largest rate of another one that as many
    images would have left unseen, one-sided; NaN where some have another."""


@dataclass(frozen=True)
class PairedAccuracy:
    """Of the compared images whose true class is known: how often each program is right."""

    reference: Share
    """Images that the reference classifies rightly."""
    candidate: Share
    """Images that the candidate classifies rightly."""
    lost: int
    """Images that the reference alone classifies rightly."""
    gained: int
    """Images that the candidate alone classifies rightly."""
    low: float
    """Lower end of Tango's interval of the drop."""
    high: float
    """Upper end."""
    p_value: float
    """McNemar's exact two-sided p of equal accuracies."""
    detectable: float
    """Smallest drop that as many images would show with a chance of 80 %, at the observed rate of
    discordant images."""
    unlabelled: int
    """Compared images whose true class is not known: they are in no figure here."""

    @property
    def images(self) -> int:
        """Images that the figures are of."""
        return self.reference.of

    @property
    def drop(self) -> float:
        """Reference accuracy minus candidate accuracy, −1 to 1."""
        return (self.lost - self.gained) / self.images


def agreement_of(compared: pd.DataFrame, confidence: float) -> AnswerAgreement:
    """Of rows that were compared, any number of them."""
    top1, ordered = flags(compared, "top1_equal"), flags(compared, "topk_order_equal")
    excused, images = flags(compared, "order_agrees"), len(compared)
    equal = int(top1.sum())
    return AnswerAgreement(
        top1=share(equal, images, confidence),
        top1_beyond_ties=share(int((top1 | excused).sum()), images, confidence),
        topk=share(int(ordered.sum()), images, confidence),
        topk_beyond_ties=share(int((ordered | excused).sum()), images, confidence),
        unseen=largest_unseen(images, confidence) if equal == images else float("nan"),
    )


def accuracy_of(compared: pd.DataFrame, confidence: float) -> PairedAccuracy | None:
    """Of rows that were compared; None where the true class of none is known."""
    labelled = known(compared, "true_class")
    images = int(labelled.sum())
    if not images:
        return None
    truth = class_numbers(compared, "true_class")[labelled]
    reference = class_numbers(compared, "top1_class")[labelled] == truth
    candidate = class_numbers(compared, "candidate_top1_class")[labelled] == truth
    lost, gained = int((reference & ~candidate).sum()), int((candidate & ~reference).sum())
    low, high = drop_interval(lost, gained, images, confidence)
    return PairedAccuracy(
        reference=share(int(np.sum(reference)), images, confidence),
        candidate=share(int(np.sum(candidate)), images, confidence),
        lost=lost,
        gained=gained,
        low=low,
        high=high,
        p_value=mcnemar_p(lost, gained),
        detectable=detectable_drop(lost + gained, images, confidence),
        unlabelled=len(compared) - images,
    )
