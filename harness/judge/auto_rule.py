"""The rule of `atol = "auto"`: limits from measurement rather than by hand.

Let r be the reference's scores, c the candidate's, t the float64 truth, s the samples of the model
with its sums rounded at random, all on one tensor; eps the spacing of float32 at 1 (2⁻²³); and
e(a, b) how far b lies from a (`harness.judge.deviation`): for a distribution the largest
difference of the logarithms of its scores, normalisation apart; for other outputs the largest
difference of scores. One unit is eps times the spread of what is subtracted: for a distribution of
ln r, at least 1; for others of r.

1. `match` (or `tie`, where near-ties changed places): e(r, c) ≤ 8 units. Nothing but the two score
   vectors is needed.
2. `within_noise`: beyond that, but no further from the truth than rounding may move a program:
   e(t, c) ≤ 3·L, where L = max(e(r, s) of every sample, e(t, r), 2 units).
3. `mismatch`: everything else. Without truth only step 1 can pass.

A distribution whose shape passes must also sum to what the reference sums to. Where |ln(Σc/Σr)| is
beyond 16·eps it is `unnormalised`, as long as summing N positive terms one after the other
explains it: 16·eps + N·2⁻²⁴ (Higham, "Accuracy and Stability of Numerical Algorithms", 2002,
equation 4.4); beyond that it is a `mismatch`.

Two classes may change places where the rule lets both move that far: their scores lie within
2·max(8 units, 3·noise), the units of a distribution times the largest score; noise is the largest
movement of a score over the samples, or its distance from the truth. docs/verdict.md derives the
constants and says what each was tested on.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.graphdef.precisions import INT8, SINGLE, Precision
from harness.judge.deviation import EPS, Deviation, Domain, deviation, domain_of, unit
from harness.judge.noise import NAN, TruthAndNoise, distances, largest_known

MATCH_UNITS = 8
"""Limit of step 1."""
SUM_EPS = 16
"""How far the logarithm of the sum of a distribution may be off without being named, in eps."""
FLOOR_UNITS = 2
"""Smallest L of step 2: what rounding the scores themselves does."""
NOISE_RATIO = 3.0
"""Limit of step 2, in L."""


@dataclass(frozen=True)
class Evidence:
    """The numbers of the rule for one row; NaN where they were not measured.

    A field of the name of a `Row` column becomes that column.
    """

    has_truth: bool
    """Whether float64 truth was measured."""
    noise: float
    """Largest movement of a score over the samples."""
    noise_rmse: float
    """Largest root mean square of that movement over the classes."""
    log_noise: float
    """Largest e(r, s) over the samples, of a distribution."""
    reference_error: float
    """RMSE(r, t)."""
    candidate_error: float
    """RMSE(c, t)."""
    reference_error_max: float
    """max|r − t|."""
    candidate_error_max: float
    """max|c − t|."""
    reference_log_error: float
    """e(t, r), of a distribution."""
    candidate_log_error: float
    """e(t, c), of a distribution."""
    rounding: float
    """L: how far rounding may move a program's scores."""
    error_ratio: float
    """e(t, c) over L."""
    precision: Precision = SINGLE
    """The format whose rounding was measured: the candidate's."""

    @property
    def explains(self) -> bool:
        """Whether rounding explains the candidate's distance from the truth; NaN explains none."""
        return self.error_ratio <= NOISE_RATIO

    @property
    def what_rounds(self) -> str:
        """`rounding`, or `rounding to float16`, in a sentence."""
        return "rounding" if self.precision == SINGLE else f"rounding to {self.precision}"

    @property
    def of_steps(self) -> bool:
        """Whether the candidate's scores lie on steps, and so their sum and their ratios do."""
        return self.precision == INT8


def near_tie(reference: ArrayLike, noise: float = NAN) -> float:
    """Gap of reference scores up to which two classes may change places; see `score_noise`."""
    values, domain = np.asarray(reference, np.float64), domain_of(reference)
    movement = MATCH_UNITS * unit(reference, domain)
    if domain is Domain.LOG:
        movement *= float(values.max())
    return 2 * largest_known(movement, NOISE_RATIO * noise)


def score_noise(measured: TruthAndNoise, on_tensor: ArrayLike) -> float:
    """How far rounding may move a score: the largest movement over the samples, or from truth.

    `on_tensor` are the reference's scores on the tensor that was measured.
    """
    error = NAN if measured.truth is None else distances(on_tensor, measured.truth)[0]
    return largest_known(measured.movement(on_tensor)[0], error)


def normalisation_limit(classes: int) -> float:
    """How far the logarithm of the sum of `classes` scores may be moved by summing in one chain."""
    return SUM_EPS * EPS + classes * EPS / 2


def evidence(measured: TruthAndNoise, reference: ArrayLike, candidate: ArrayLike) -> Evidence:
    """The numbers of step 2 for score vectors `[N]` or `[1, N]` on one tensor.

    Scores of an int8 program lie on steps, many at zero, so they are compared as they are.
    """
    domain = Domain.LINEAR if measured.precision == INT8 else domain_of(reference)
    noise, noise_rmse = measured.movement(reference)
    samples = () if measured.samples is None else measured.samples
    in_domain = largest_known(*(deviation(reference, s, domain).size for s in samples))
    errors = [(NAN, NAN)] * 2
    of_reference = of_candidate = NAN
    if (truth := measured.truth) is not None:
        errors = [distances(scores, truth) for scores in (reference, candidate)]
        of_reference, of_candidate = (
            deviation(truth, scores, domain).size for scores in (reference, candidate)
        )
    rounding = largest_known(in_domain, of_reference, FLOOR_UNITS * unit(reference, domain))
    log = domain is Domain.LOG
    return Evidence(
        has_truth=truth is not None,
        noise=noise,
        noise_rmse=noise_rmse,
        log_noise=in_domain if log else NAN,
        reference_error=errors[0][1],
        candidate_error=errors[1][1],
        reference_error_max=errors[0][0],
        candidate_error_max=errors[1][0],
        reference_log_error=of_reference if log else NAN,
        candidate_log_error=of_candidate if log else NAN,
        rounding=rounding,
        error_ratio=_ratio(of_candidate, rounding),
        precision=measured.precision,
    )


def _ratio(error: float, rounding: float) -> float:
    """error / rounding; infinite where rounding is zero and error is not, NaN stays NaN."""
    if rounding > 0:
        return error / rounding
    return 0.0 if error == 0 else error * math.inf


def is_close(found: Deviation) -> bool:
    """Step 1, of the shape alone where the domain is that of a distribution."""
    return found.size <= MATCH_UNITS * found.unit


def first_step(found: Deviation) -> str:
    """Step 1 in words, with its numbers."""
    limit = MATCH_UNITS * found.unit
    if found.domain is Domain.LOG:
        return (
            f"largest difference of ln score, a common factor apart, {_beside(found.size, limit)}; "
            f"ln of the factor {_beside(abs(found.normalisation), SUM_EPS * EPS)}"
        )
    return f"|candidate − reference| {_beside(found.size, limit)}"


def second_step(found: Evidence) -> str:
    """Step 2 in words, with its numbers, each with the relation that holds."""
    if not found.has_truth:
        return "there is no float64 truth for a second step"
    return (
        f"distance from float64 truth over what {found.what_rounds} may do ({found.rounding:.2g}): "
        f"{_beside(found.error_ratio, NOISE_RATIO)}"
    )


def _beside(value: float, limit: float) -> str:
    """A number beside its limit; digits are added until what is printed is true too.

    >>> _beside(6.464, 3.0), _beside(2.96, 3.0), _beside(3.00004, 3.0), _beside(math.nan, 3.0)
    ('6.46 > 3', '2.96 ≤ 3', '3.00004 > 3', 'nan is not ≤ 3')
    """
    shown_limit = f"{limit:.3g}"
    if math.isnan(value):
        return f"nan is not ≤ {shown_limit}"
    sign = "≤" if value <= limit else ">"
    texts = (f"{value:.{digits}g}" for digits in range(3, 18))
    true = (text for text in texts if (float(text) <= float(shown_limit)) == (value <= limit))
    return f"{next(true, f'{value:.17g}')} {sign} {shown_limit}"
