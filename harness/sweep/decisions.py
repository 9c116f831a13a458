"""Counts of images and a bound → pass, fail or inconclusive. Pure functions of numbers.

A pass and a failure each need a one-sided bound at the gate's confidence, so that a program that
lies exactly at the limit fails in at most 1 − confidence of datasets, and passes in as many. Images
that were not compared count against a pass: each as one that differs. A failure is of the compared
images alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from harness.sweep.paired import drop_bounds, drop_excess
from harness.sweep.shares import exact_bounds
from harness.sweep.wording import (
    bound_text,
    count_text,
    percent_text,
    points_range_text,
    points_text,
)

MOST_IMAGES = 1e9
"""Beyond so many images, none decide."""
STEPS_LOOKED_AT = 1000
"""Numbers of images that are tried, each about 2 % above the one before."""


class GateOutcome(StrEnum):
    """How a gate ends."""

    PASSED = "pass"
    """The bound is kept, at the gate's confidence."""
    FAILED = "fail"
    """It is not kept, at the gate's confidence."""
    INCONCLUSIVE = "inconclusive"
    """Neither is shown."""


@dataclass(frozen=True)
class Decision:
    """What a gate says of one candidate and scope, with its numbers."""

    outcome: GateOutcome
    """The result."""
    observed: float
    """The share, drop or count that the bound is on, of the compared images; NaN of none."""
    low: float
    """One-sided lower bound of it at the gate's confidence."""
    high: float
    """One-sided upper bound of it."""
    reason: str
    """The numbers, in a sentence without its full stop."""
    allowed: str
    """What as many images require for a pass; empty where there are none."""
    more_images: int | None
    """About how many more images would decide if what was observed holds; 0 where it is decided,
    None where no number would."""


Verdicts = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
"""Numbers of images → whether each would decide."""


def agreement_decision(
    equal: int, compared: int, missing: int, bound: float, confidence: float
) -> Decision:
    """Whether at least `bound` of images agree, by Clopper and Pearson's bounds.

    >>> found = agreement_decision(996, 1000, 0, 0.99, 0.95)
    >>> found.outcome.value, found.allowed
    ('pass', 'requires at least 996 of 1,000')
    >>> agreement_decision(995, 1000, 0, 0.99, 0.95).more_images
    150
    """
    if not compared:
        return nothing_compared(missing)
    images = compared + missing
    low = float(exact_bounds(equal, images, confidence)[0])
    high = float(exact_bounds(equal, compared, confidence)[1])
    outcome = _outcome(passes=low >= bound, fails=high < bound)

    def decides(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        agreeing = numbers * (equal / images)
        lowest = exact_bounds(agreeing, numbers, confidence)[0]
        asked = np.maximum(numbers * (compared / images), agreeing)
        highest = exact_bounds(agreeing, asked, confidence)[1]
        return (lowest >= bound) | (highest < bound)

    reason = (
        f"{equal:,} of {compared:,} compared images agree, {percent_text(equal / compared)}"
        f"{_missing(missing, 'which count as different for a pass')}; at "
        f"{bound_text(confidence)} confidence at least {percent_text(low)}, and at most "
        f"{percent_text(high)}"
    )
    more = 0 if outcome is not GateOutcome.INCONCLUSIVE else more_images(images, decides)
    allowed = _required(images, bound, confidence)
    return Decision(outcome, equal / compared, low, high, reason, allowed, more)


def _required(images: int, bound: float, confidence: float) -> str:
    """The fewest images of `images` that must agree for a pass."""
    from scipy.stats import binom

    enough = int(binom.isf(1 - confidence, images, bound)) + 1
    if enough <= images:
        return f"requires at least {enough:,} of {images:,}"
    fewest = math.ceil(math.log(1 - confidence) / math.log(bound))
    return f"no result of {images:,} can pass; the fewest that can are {fewest:,}, all agreeing"


def drop_decision(
    lost: int, gained: int, labelled: int, missing: int, bound: float, confidence: float
) -> Decision:
    """Whether the accuracy drops by `bound` at most, by Tango's bounds of a paired difference."""
    if not labelled:
        return nothing_compared(missing)
    images = labelled + missing
    low = drop_bounds(lost, gained, labelled, confidence)[0]
    high = drop_bounds(lost + missing, gained, images, confidence)[1]
    outcome = _outcome(passes=high <= bound, fails=low > bound)

    def decides(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        factor = numbers / images
        exceeds = drop_excess(lost * factor, gained * factor, labelled * factor, bound, confidence)
        keeps = drop_excess((lost + missing) * factor, gained * factor, numbers, bound, confidence)
        return exceeds[0] | keeps[1]

    drop = (lost - gained) / labelled
    reason = (
        f"of {labelled:,} labelled images the candidate loses {lost:,} and gains {gained:,}, a "
        f"drop of {points_text(drop)} percentage points"
        f"{_missing(missing, 'which count as lost for a pass')}; at "
        f"{bound_text(confidence)} confidence {points_range_text(low, high)}"
    )
    more = 0 if outcome is not GateOutcome.INCONCLUSIVE else more_images(images, decides)
    allowed = _allowed_loss(lost + missing + gained, images, bound, confidence)
    return Decision(outcome, drop, low, high, reason, allowed, more)


def _allowed_loss(discordant: int, images: int, bound: float, confidence: float) -> str:
    """The largest net loss that passes with as many discordant images."""
    lost = np.arange(discordant + 1)
    keeps = drop_excess(lost, discordant - lost, np.full_like(lost, images), bound, confidence)[1]
    given = f"of {images:,}, as {discordant:,} are lost or gained"
    if not keeps.any():
        return f"no result {given}, can pass"
    net = int(2 * lost[keeps].max() - discordant)
    least = (
        f"at most {net:,} more lost than gained" if net >= 0 else f"{-net:,} more gained than lost"
    )
    return f"requires {least} {given}"


def mismatch_decision(mismatches: int, compared: int, missing: int, bound: int) -> Decision:
    """Whether at most `bound` images mismatch: a count of these images, without an interval."""
    if not compared:
        return nothing_compared(missing)
    outcome = _outcome(passes=mismatches + missing <= bound, fails=mismatches > bound)
    reason = f"{count_text(mismatches, 'mismatch')[:-1]}es" if mismatches != 1 else "1 mismatch"
    reason += f" in {count_text(compared, 'compared image')}"
    reason += _missing(missing, "which count as mismatches for a pass")
    allowed = f"requires at most {bound:,} of {compared + missing:,}"
    more = 0 if outcome is not GateOutcome.INCONCLUSIVE else None
    high = float(mismatches + missing)
    return Decision(outcome, float(mismatches), float(mismatches), high, reason, allowed, more)


def nothing_compared(missing: int) -> Decision:
    """Where no image can be counted: never a pass."""
    reason = f"nothing was compared{_missing(missing)}"
    nan = math.nan
    return Decision(GateOutcome.INCONCLUSIVE, nan, nan, nan, reason, "", None)


def more_images(images: int, decides: Verdicts) -> int | None:
    """About how many more than `images` decide, to two digits; None where no number does."""
    numbers = np.unique(np.ceil(np.geomspace(images, max(MOST_IMAGES, images), STEPS_LOOKED_AT)))
    enough = numbers[decides(numbers)]
    if not len(enough):
        return None
    more: int = max(1, int(enough[0]) - images)
    unit: int = 10 ** max(0, len(str(more)) - 2)
    return math.ceil(more / unit) * unit


def _outcome(*, passes: bool, fails: bool) -> GateOutcome:
    if fails:
        return GateOutcome.FAILED
    return GateOutcome.PASSED if passes else GateOutcome.INCONCLUSIVE


def _missing(missing: int, counted: str = "") -> str:
    if not missing:
        return ""
    words = f"{count_text(missing, 'image')} not compared"
    return f" ({words}, {counted})" if counted else f" ({words})"
