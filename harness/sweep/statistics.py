"""The table of a sweep → what it says, for each case, candidate and scope. Pure; runs no program.

Every estimate is of the compared images; how many were not compared stands beside it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.errors import ReportError
from harness.results.status import NOT_RUN, Status
from harness.sweep.agreement import AnswerAgreement, PairedAccuracy, accuracy_of, agreement_of
from harness.sweep.arrays import known, texts
from harness.sweep.class_changes import ClassChanges, changes_of
from harness.sweep.divergences import (
    ClassDivergence,
    CurvePoint,
    FigureQuantiles,
    classes_of,
    curve_of,
    quantiles_of,
)
from harness.sweep.sample_effects import SampleEffects, effects_of
from harness.sweep.score_bins import ScoreBins, bins_of
from harness.sweep.shares import CONFIDENCE
from harness.sweep.sweep_group import SweepGroup
from harness.sweep.wording import count_text
from harness.sweep.worst_rows import (
    FAILING,
    NotCompared,
    WorstRow,
    not_compared_of,
    worst_of,
)

GROUPED_BY = ["case", "candidate", "scope"]


@dataclass(frozen=True)
class GroupStatistics:
    """The rows of one case, candidate and scope, one an image."""

    group: SweepGroup
    """Which rows these are."""
    images: int
    """All of them."""
    compared: int
    """Those of which both programs gave scores."""
    not_run: int
    """Those that stand in for images that were selected and never run."""
    statuses: dict[str, int]
    """How many ended with each status, by name; those that occur."""
    failing: int
    """Rows that fail and that no known failure excuses."""
    known_failures: int
    """Rows that fail as the case file says they do."""
    mismatches: int
    """Rows of status mismatch that no known failure excuses."""
    agreement: AnswerAgreement
    """How often the answers agree."""
    accuracy: PairedAccuracy | None
    """How often they are right; None where no true class is known."""
    quantiles: tuple[FigureQuantiles, ...]
    """Quantiles of max_abs, atol_needed and error_ratio."""
    curve: tuple[CurvePoint, ...]
    """Cumulative distribution of max_abs."""
    by_true_class: bool
    """Whether the next two are by true classes, or by the reference's answers."""
    most_flips: tuple[ClassDivergence, ...]
    """The classes of which most images have another top-1 class."""
    largest_median: tuple[ClassDivergence, ...]
    """The classes whose median of max_abs is largest."""
    changes: ClassChanges
    """Which class turned into which."""
    effects: SampleEffects | None
    """The attribution of the random sample; None where there is none."""
    scores: ScoreBins | None
    """The programs' scores of the reference's top-1 class."""
    worst: tuple[WorstRow, ...]
    """The compared images to look at first."""
    not_compared: tuple[NotCompared, ...]
    """Why images were not compared."""

    @property
    def missing(self) -> int:
        """Images in which nothing was compared."""
        return self.images - self.compared


@dataclass(frozen=True)
class SweepStatistics:
    """A whole sweep."""

    groups: tuple[GroupStatistics, ...]
    """By case, candidate and scope."""
    confidence: float
    """Of every two-sided interval."""

    @property
    def images(self) -> int:
        """The most images that any group has."""
        return max((group.images for group in self.groups), default=0)


def summarise(table: pd.DataFrame, confidence: float = CONFIDENCE) -> SweepStatistics:
    """Statistics of a table with the columns of `harness.sweep.columns`, a row an image and group.

    Raises ReportError where a row is there twice: every figure would count its image twice.
    """
    twice = table.duplicated([*GROUPED_BY, "image"])
    if twice.any():
        first = table[twice].iloc[0]
        where = ", ".join(str(first[name]) for name in (*GROUPED_BY, "image"))
        raise ReportError(
            f"{count_text(int(twice.sum()), 'row')} of the sweep too many, the first is {where}; "
            "expected one row an image, candidate and scope"
        )
    groups = (
        _group(SweepGroup(*map(str, names)), rows, confidence)
        for names, rows in table.groupby(GROUPED_BY, sort=True, observed=True)
    )
    return SweepStatistics(tuple(groups), confidence)


def _group(group: SweepGroup, rows: pd.DataFrame, confidence: float) -> GroupStatistics:
    was_compared = known(rows, "top1_equal")
    compared, statuses = rows[was_compared], texts(rows, "status")
    excused, failing = texts(rows, "known_failure") != "", np.isin(statuses, FAILING)
    mismatch = (statuses == Status.MISMATCH.value) & ~excused
    most_flips, largest_median = classes_of(compared)
    return GroupStatistics(
        group=group,
        images=len(rows),
        compared=len(compared),
        not_run=int((texts(rows, "reason") == NOT_RUN).sum()),
        statuses=_counts(statuses),
        failing=int((failing & ~excused).sum()),
        known_failures=int((failing & excused).sum()),
        mismatches=int(mismatch.sum()),
        agreement=agreement_of(compared, confidence),
        accuracy=accuracy_of(compared, confidence),
        quantiles=quantiles_of(compared),
        curve=curve_of(compared),
        by_true_class=bool(known(compared, "true_class").any()),
        most_flips=most_flips,
        largest_median=largest_median,
        changes=changes_of(compared),
        effects=effects_of(rows, confidence),
        scores=bins_of(compared),
        worst=worst_of(compared),
        not_compared=not_compared_of(rows[~was_compared]),
    )


def _counts(statuses: np.ndarray[tuple[int, ...], np.dtype[np.object_]]) -> dict[str, int]:
    names, counts = np.unique(statuses.astype(str), return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}
