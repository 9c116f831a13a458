"""How far one score vector lies from another, in the domain in which rounding is the same size.

A distribution (non-negative scores that sum to about 1) is taken apart exactly into two parts:

* **normalisation**, ln(Σc/Σr): a factor common to all classes;
* **shape**, dᵢ = ln cᵢ − ln rᵢ − ln(Σc/Σr), less its mean Σ r̂ᵢ·dᵢ, where r̂ = r/Σr. For a softmax
  that is the difference of the logits, up to their common offset.

In scores, rounding shrinks with the distance of the top score from 1; in the shape it does not
(docs/measured.md, "Rounding and truth"), so a fault shows in a saturated row as in any other. Other
outputs (logits, embeddings, independent probabilities) are compared as they are. Both are measured
in units of the spread of what is subtracted: a softmax and its logits get the same verdict.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.judge.scores import Scores

EPS = float(np.finfo(np.float32).eps)
"""Spacing of float32 at 1."""
DISTRIBUTION_SLACK = 1e-3
"""How far the sum of a score vector may lie from 1 to be taken for a distribution."""
UNDERFLOW = 1e-30
"""Scores below it count as it: TensorFlow flushes what is too small for float32 to zero, TVM keeps
it, and neither is an error. A score that is zero on one side alone differs all the same."""


class Domain(StrEnum):
    """What is subtracted from what."""

    LOG = "log"
    """Logarithms of a distribution's scores, normalisation apart."""
    LINEAR = "linear"
    """The scores themselves."""


@dataclass(frozen=True)
class Deviation:
    """How far a score vector lies from a base, both `[N]`."""

    domain: Domain
    """The base's domain."""
    size: float
    """Largest |shape| over the classes, a relative change of odds; or largest |difference| of
    scores where the domain is linear. NaN where a score is not finite."""
    unit: float
    """What its limits are multiples of; see `unit`."""
    normalisation: float
    """ln(Σ other / Σ base); 0 where the domain is linear."""
    raised: int
    """The class whose odds rose most."""
    lowered: int
    """The class whose odds fell most."""
    odds_change: float
    """Relative change of the odds of `raised` against `lowered`; NaN where the domain is linear."""


def domain_of(scores: ArrayLike) -> Domain:
    """The domain of a score vector `[N]`.

    >>> domain_of([0.9, 0.1]), domain_of([3.0, -1.0]), domain_of([1.0])
    (<Domain.LOG: 'log'>, <Domain.LINEAR: 'linear'>, <Domain.LINEAR: 'linear'>)
    """
    values = _as_vector(scores)
    if values.size <= 1 or not np.isfinite(values).all() or values.min() < 0:
        return Domain.LINEAR
    return Domain.LOG if abs(values.sum() - 1) <= DISTRIBUTION_SLACK else Domain.LINEAR


def deviation(base: ArrayLike, other: ArrayLike, domain: Domain | None = None) -> Deviation:
    """How far `other` lies from `base`, `[N]` or `[1, N]` each, in the base's domain.

    >>> deviation([0.9, 0.1], [0.9, 0.1]).size
    0.0
    >>> found = deviation([0.8, 0.2], [0.808, 0.202])
    >>> round(found.normalisation, 5), round(found.size, 12)
    (0.00995, 0.0)
    """
    b, o = _as_vector(base), _as_vector(other)
    domain = domain_of(b) if domain is None else domain
    with np.errstate(invalid="ignore"):  # Inf − Inf
        if domain is Domain.LOG:
            return _of_distributions(b, o)
        difference = o - b
    return Deviation(
        domain,
        size=float(np.abs(difference).max()),
        unit=unit(b, domain),
        normalisation=0.0,
        raised=int(difference.argmax()),
        lowered=int(difference.argmin()),
        odds_change=float("nan"),
    )


def unit(scores: ArrayLike, domain: Domain) -> float:
    """The spacing of float32 at what a deviation from these scores is measured against.

    That is the spread of the scores, or of their logarithms, which a common offset of the logits
    does not change: largest minus smallest, at least 1 for logarithms; |score| where there is one
    class.
    """
    values = _as_vector(scores)
    if domain is Domain.LOG:
        logarithms = np.log(np.maximum(values, UNDERFLOW))
        return EPS * max(1.0, float(logarithms.max() - logarithms.min()))
    values = values[np.isfinite(values)]
    if values.size <= 1:
        return EPS * float(np.abs(values).max(initial=0.0))
    return EPS * float(values.max() - values.min())


def kl_divergence(reference: Scores, candidate: Scores) -> float:
    """D(reference ‖ candidate) of the normalised vectors, in nats; NaN unless distributions.

    Σ r̂·(δ − ln(1 + δ)) with δ = ĉ/r̂ − 1. Each term is at least 0 and about δ²/2, where the terms
    of Σ r·ln(r/c) cancel: what is left of them is the rounding of the sums of r and c.
    """
    if Domain.LINEAR in (domain_of(reference), domain_of(candidate)):
        return float("nan")
    r, shape = reference / reference.sum(), _shape(reference, candidate)
    used = reference > 0
    delta = np.expm1(shape[used])
    return float((r[used] * (delta - shape[used])).sum())


def _as_vector(scores: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(scores, np.float64).reshape(-1)


def _shape(base: Scores, other: Scores) -> Scores:
    """ln ô − ln b̂, both normalised, `[N]`."""
    low, high = (np.log(np.maximum(values, UNDERFLOW)) for values in (base, other))
    shape: Scores = high - low - _normalisation(base, other)
    return shape


def _normalisation(base: Scores, other: Scores) -> float:
    total = other.sum()
    if not total > 0:
        return float("nan")
    return float(np.log1p((other - base).sum() / base.sum()))


def _of_distributions(base: Scores, other: Scores) -> Deviation:
    shape = _shape(base, other)
    weights = np.maximum(base, UNDERFLOW)
    centred = shape - (weights / weights.sum() * shape).sum()
    return Deviation(
        Domain.LOG,
        size=float(np.abs(centred).max()),
        unit=unit(base, Domain.LOG),
        normalisation=_normalisation(base, other),
        raised=int(centred.argmax()),
        lowered=int(centred.argmin()),
        odds_change=float(np.expm1(centred.max() - centred.min())),
    )
