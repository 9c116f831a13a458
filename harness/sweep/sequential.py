"""Whether agreement or accuracy is decided before every image was seen, however often one looks.

A bound of `exact_bounds` holds for one look. Someone who looks after each image and stops at the
first look that decides would err far more often than 1 − confidence. What may be looked at any time
is evidence: the beta-binomial mixture martingale (Robbins, Annals of Mathematical Statistics 41,
1970; Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49, 2021). It is the likelihood of
the images where the rate of differences is drawn from a beta distribution on one side of the bound,
over their likelihood at the bound. For any rate on the other side its mean stays at 1 or below, so
that it ever exceeds 1/(1 − confidence) in at most 1 − confidence of datasets (Ville, 1939).

The images must come in random order.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.sweep.decisions import (
    Decision,
    GateOutcome,
    Verdicts,
    agreement_decision,
    drop_decision,
    more_images,
)
from harness.sweep.wording import bound_text

BETS = 15
"""Stakes among which the capital is divided, from a thousandth of the largest possible one up."""


def log_evidence(
    differing: ArrayLike, images: ArrayLike, rate: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Natural logarithms of the evidence that the rate of differences is below `rate`, and above.

    `differing` of so many `images`, arrays of one shape; `rate` is between 0 and 1. The mixing
    distribution is Beta(1, (1 − rate)/rate), whose mean is the rate, cut at it.

    >>> below, above = log_evidence([0, 9], [1000, 100], 0.01)
    >>> below.round(1).tolist(), above.round(1).tolist()
    ([8.1, -2.6], [-2.4, 8.0])
    """
    from scipy.special import betaln
    from scipy.stats import beta

    x, n = np.asarray(differing, np.float64), np.asarray(images, np.float64)
    first, second = 1.0, (1 - rate) / rate
    after = betaln(first + x, second + n - x) - betaln(first, second)
    at_bound = x * np.log(rate) + (n - x) * np.log1p(-rate)
    drawn, seen = beta(first, second), beta(first + x, second + n - x)
    below = seen.logcdf(rate) - drawn.logcdf(rate)
    above = seen.logsf(rate) - drawn.logsf(rate)
    return after + below - at_bound, after + above - at_bound


def agreement_so_far(
    equal: int, compared: int, missing: int, bound: float, confidence: float
) -> Decision:
    """Whether at least `bound` of images agree, for any number of looks at a growing sweep.

    As `agreement_decision`, images that were not compared count as different for a pass and do not
    count for a failure. A sweep may stop once it is decided.
    """
    found = agreement_decision(equal, compared, missing, bound, confidence)
    if not compared:
        return found
    images, limit = compared + missing, -math.log(1 - confidence)
    differing, rate = compared - equal, 1 - bound

    def passes(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        share = numbers / images
        return log_evidence((differing + missing) * share, numbers, rate)[0] >= limit

    def fails(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        share = numbers / images
        return log_evidence(differing * share, compared * share, rate)[1] >= limit

    return _so_far(found, images, passes, fails, confidence)


def log_drop_evidence(
    lost: ArrayLike, gained: ArrayLike, images: ArrayLike, drop: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Natural logarithms of the evidence that the drop of accuracy is below `drop`, and above.

    Counts of one shape, as in `harness.sweep.paired`. An image is 1 where it is lost, −1 where it
    is gained, else 0; the evidence is the capital of bets on the mean of these (Waudby-Smith and
    Ramdas, Journal of the Royal Statistical Society B 86, 2024), its mean over BETS fixed stakes.

    >>> below, above = log_drop_evidence([0, 40], [0, 2], [1000, 1000], 0.01)
    >>> below.round(1).tolist(), above.round(1).tolist()
    ([7.4, -0.8], [-0.5, 8.4])
    """
    b, c, n = (np.asarray(one, np.float64)[..., None] for one in (lost, gained, images))
    return _capital(b, c, n, drop), _capital(c, b, n, -drop)


def _capital(
    lost: NDArray[np.float64], gained: NDArray[np.float64], images: NDArray[np.float64], drop: float
) -> NDArray[np.float64]:
    """Logarithm of the capital, by stakes on a mean below `drop`."""
    from scipy.special import logsumexp

    stakes = np.geomspace(1e-3, 1 - 1e-3, BETS) / (1 - drop)
    grown = (
        lost * np.log1p(-stakes * (1 - drop))
        + gained * np.log1p(stakes * (1 + drop))
        + (images - lost - gained) * np.log1p(stakes * drop)
    )
    found: NDArray[np.float64] = logsumexp(grown, axis=-1) - math.log(BETS)
    return found


def drop_so_far(
    lost: int, gained: int, labelled: int, missing: int, bound: float, confidence: float
) -> Decision:
    """Whether the accuracy drops by `bound` at most, for any number of looks at a growing sweep.

    As `drop_decision`, images that were not compared count as lost for a pass.
    """
    found = drop_decision(lost, gained, labelled, missing, bound, confidence)
    if not labelled:
        return found
    images, limit = labelled + missing, -math.log(1 - confidence)

    def passes(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        share = numbers / images
        counts = (lost + missing) * share, gained * share, numbers
        return log_drop_evidence(*counts, bound)[0] >= limit

    def fails(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
        share = numbers / images
        counts = lost * share, gained * share, labelled * share
        return log_drop_evidence(*counts, bound)[1] >= limit

    return _so_far(found, images, passes, fails, confidence)


def _so_far(
    found: Decision, images: int, passes: Verdicts, fails: Verdicts, confidence: float
) -> Decision:
    """The decision of one look, decided by evidence instead."""
    now = np.array([float(images)])
    outcome = GateOutcome.PASSED if passes(now)[0] else GateOutcome.INCONCLUSIVE
    outcome = GateOutcome.FAILED if fails(now)[0] else outcome
    undecided = outcome is GateOutcome.INCONCLUSIVE
    return replace(
        found,
        outcome=outcome,
        reason=f"{found.reason}, of one look; evidence that holds at {bound_text(confidence)} for "
        f"any number of looks {_WORDS[outcome]}",
        allowed="",
        more_images=more_images(images, lambda n: passes(n) | fails(n)) if undecided else 0,
    )


_WORDS = {
    GateOutcome.PASSED: "is for it",
    GateOutcome.FAILED: "is against it",
    GateOutcome.INCONCLUSIVE: "decides nothing yet",
}
