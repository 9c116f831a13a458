"""Whether an agreement is decided before every image was seen, however often one looks.

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

from harness.sweep.decisions import Decision, GateOutcome, agreement_decision, more_images
from harness.sweep.wording import bound_text


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

    now = np.array([float(images)])
    outcome = GateOutcome.PASSED if passes(now)[0] else GateOutcome.INCONCLUSIVE
    outcome = GateOutcome.FAILED if fails(now)[0] else outcome
    more = more_images(images, lambda numbers: passes(numbers) | fails(numbers))
    return replace(
        found,
        outcome=outcome,
        reason=f"{found.reason}, of one look; evidence that holds at {bound_text(confidence)} for "
        f"any number of looks {_WORDS[outcome]}",
        allowed="",
        more_images=more if outcome is GateOutcome.INCONCLUSIVE else 0,
    )


_WORDS = {
    GateOutcome.PASSED: "is for it",
    GateOutcome.FAILED: "is against it",
    GateOutcome.INCONCLUSIVE: "decides nothing yet",
}
