"""The rule of `atol = "auto"`: a tolerance from measurement rather than by hand.

Let r be the reference's scores, c the candidate's, t the float64 truth, all on one tensor; eps the
spacing of float32 at 1 (2⁻²³); M the largest |r|; noise the largest movement of r when only
rounding changes: one thread, oneDNN off, four tensors each a unit in the last place away. (One
distance r − t is a single sample of the rounding error: where one class outweighs all others, that
sample alone would decide.)

1. `match` (or `tie`): |c − r| ≤ 16·eps·M + 1.3e-6·|r| for every class. The relative part is
   torch.testing.assert_close's for float32; the absolute one is about that, scaled to the largest
   score instead of assert_close's fixed 1e-5, which would hide what a 1 % change of one weight does
   to a softmax.
2. `within_noise`: beyond that, but no further from the truth than rounding explains:
   RMSE(c, t) ≤ 3·E and max|c − t| ≤ 5·L, where E = max(RMSE(r, t), RMSE of the noise, eps·M/√N)
   and L = max(max|r − t|, noise, eps·M). PyTorch's compiler CI accepts RMSE(c, fp64) ≤ 2–3 times
   RMSE(r, fp64); AWS Neuron's guards are L∞ ratio < 5 and L2 ratio < 3. Here both must hold.
3. `mismatch`: everything else.

Two classes may change places where r keeps them at most max(4·eps·M, 2·max(noise, max|r − t|))
apart. End to end, where the reference decodes the file, noise is also its movement between
libjpeg's two IDCTs and there is no truth: max(4·eps·M, 2·noise). Without truth only step 1 can
pass. Which faults the rule detects is in docs/proof.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.judge.noise import Errors, TruthAndNoise, errors

EPS = float(np.finfo(np.float32).eps)
"""Spacing of float32 at 1."""
MATCH_EPS = 16
"""Absolute part of step 1, in eps·M."""
RTOL = 1.3e-6
"""Relative part of step 1."""
TIE_EPS = 4
"""Smallest gap of two classes that may not change places, in eps·M."""
RMSE_RATIO = 3.0
"""Limit of step 2 on the root mean square."""
MAX_RATIO = 5.0
"""Limit of step 2 on the maximum."""


@dataclass(frozen=True)
class Evidence:
    """The numbers of the rule for one row; NaN where there is no truth.

    A field of the name of a `Row` column becomes that column.
    """

    has_truth: bool
    """Whether float64 truth was measured."""
    noise: float
    """Largest movement of a reference score when only rounding changes."""
    reference_error: float
    """RMSE(r, t)."""
    candidate_error: float
    """RMSE(c, t)."""
    reference_error_max: float
    """max|r − t|."""
    candidate_error_max: float
    """max|c − t|."""
    own_rmse: float
    """E: what rounding does to the reference, root mean square."""
    own_max: float
    """L: what rounding does to the reference at most."""
    error_ratio: float
    """RMSE(c, t) over E."""
    max_ratio: float
    """max|c − t| over L."""

    @property
    def explains(self) -> bool:
        """Whether rounding explains the candidate's distance from the truth; NaN explains none."""
        return self.error_ratio <= RMSE_RATIO and self.max_ratio <= MAX_RATIO


def _ratio(error: float, own: float) -> float:
    """error / own; infinite where the reference's own is zero and error is not, NaN stays NaN."""
    if own > 0:
        return error / own
    return 0.0 if error == 0 else error * math.inf


def _largest_score(scores: ArrayLike) -> float:
    values = np.asarray(scores, np.float64)
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _largest_known(*values: float) -> float:
    """The largest that is no NaN; NaN where all are."""
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def match_atol(reference: ArrayLike) -> float:
    """16·eps·M."""
    return MATCH_EPS * EPS * _largest_score(reference)


def near_tie(reference: ArrayLike, measured: TruthAndNoise | None) -> float:
    """Gap of reference scores up to which two classes may change places."""
    gaps = [TIE_EPS * EPS * _largest_score(reference)]
    if measured is not None:
        gaps.append(2 * measured.noise)
        if measured.truth is not None:
            gaps.append(2 * errors(measured.truth, reference, reference).reference_max)
    return _largest_known(*gaps)


def evidence(measured: TruthAndNoise, reference: ArrayLike, candidate: ArrayLike) -> Evidence:
    """The numbers of step 2 for score vectors `[N]` or `[1, N]` on one tensor."""
    scale, count = EPS * _largest_score(reference), max(1, np.size(reference))
    found = Errors(math.nan, math.nan, math.nan, math.nan)
    if measured.truth is not None:
        found = errors(measured.truth, reference, candidate)
    own_rmse = _largest_known(scale / math.sqrt(count), measured.noise_rmse, found.reference)
    own_max = _largest_known(scale, measured.noise, found.reference_max)
    return Evidence(
        has_truth=measured.truth is not None,
        noise=measured.noise,
        reference_error=found.reference,
        candidate_error=found.candidate,
        reference_error_max=found.reference_max,
        candidate_error_max=found.candidate_max,
        own_rmse=own_rmse,
        own_max=own_max,
        error_ratio=_ratio(found.candidate, own_rmse),
        max_ratio=_ratio(found.candidate_max, own_max),
    )


def describe(found: Evidence) -> str:
    """The rule's second step with its numbers, each with the relation that holds."""
    if not found.has_truth:
        return "there is no float64 truth for a second step"
    return (
        f"against float64 truth: RMSE ratio {_beside(found.error_ratio, RMSE_RATIO)}, max ratio "
        f"{_beside(found.max_ratio, MAX_RATIO)}; rounding keeps both within their limits "
        f"(reference's own {found.own_rmse:.2g} and {found.own_max:.2g})"
    )


def _beside(value: float, limit: float) -> str:
    """A ratio beside its limit; digits are added until what is printed is true too.

    >>> _beside(6.464, 3.0), _beside(2.96, 3.0), _beside(3.00004, 3.0), _beside(math.nan, 3.0)
    ('6.46 > 3', '2.96 ≤ 3', '3.00004 > 3', 'nan is not ≤ 3')
    """
    if math.isnan(value):
        return f"nan is not ≤ {limit:g}"
    texts = (f"{value:.{digits}g}" for digits in range(3, 18))
    shown = next(text for text in texts if (float(text) <= limit) == (value <= limit))
    return f"{shown} {'≤' if value <= limit else '>'} {limit:g}"
