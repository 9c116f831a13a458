"""The rule of `atol = "auto"`: a tolerance from measurement rather than by hand.

Let r be the reference's scores, c the candidate's, t the float64 truth, all on one tensor; eps the
spacing of float32 at 1 (2⁻²³); M the largest |r|; noise the largest movement of r when only
rounding changes: one thread, oneDNN off, four tensors each a unit in the last place away. (One
distance r − t is a single draw: where one class outweighs all others its luck would decide.)

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
pass. What the rule tells apart is in docs/proof.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.judge.noise import Errors, TruthAndNoise, errors

EPS = float(np.finfo(np.float32).eps)
MATCH_EPS = 16
RTOL = 1.3e-6
TIE_EPS = 4
RMSE_RATIO = 3.0
MAX_RATIO = 5.0


@dataclass(frozen=True)
class Evidence:
    """The numbers of the rule for one row."""

    rounding: TruthAndNoise
    errors: Errors | None
    """None where there is no truth."""
    own_rmse: float
    """E: what rounding does to the reference, root mean square."""
    own_max: float
    """L: what it does at most."""

    @property
    def error_ratio(self) -> float:
        """RMSE(c, t) over E."""
        return _times(self.errors.candidate, self.own_rmse) if self.errors else math.nan

    @property
    def max_ratio(self) -> float:
        """max|c − t| over L."""
        return _times(self.errors.candidate_max, self.own_max) if self.errors else math.nan

    @property
    def explains(self) -> bool:
        """Whether rounding explains the candidate's distance from the truth; NaN explains none."""
        return self.error_ratio <= RMSE_RATIO and self.max_ratio <= MAX_RATIO


def _times(error: float, own: float) -> float:
    """How many times its own error; infinite where the reference has none, NaN stays NaN."""
    if own > 0:
        return error / own
    return 0.0 if error == 0 else error * math.inf


def _largest(scores: ArrayLike) -> float:
    values = np.asarray(scores, np.float64)
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def match_atol(reference: ArrayLike) -> float:
    """16·eps·M."""
    return MATCH_EPS * EPS * _largest(reference)


def near_tie(reference: ArrayLike, rounding: TruthAndNoise | None) -> float:
    """Gap up to which two classes may change places."""
    known = [TIE_EPS * EPS * _largest(reference)]
    if rounding is not None:
        known.append(2 * rounding.noise)
        if rounding.truth is not None:
            known.append(2 * errors(rounding.truth, reference, reference).reference_max)
    return max(value for value in known if not math.isnan(value))


def weigh(rounding: TruthAndNoise, reference: ArrayLike, candidate: ArrayLike) -> Evidence:
    """The numbers of step 2."""
    scale, count = EPS * _largest(reference), max(1, np.size(reference))
    found = None
    if rounding.truth is not None:
        found = errors(rounding.truth, reference, candidate)
    rmse = [scale / math.sqrt(count), rounding.noise_rmse, found.reference if found else math.nan]
    most = [scale, rounding.noise, found.reference_max if found else math.nan]
    return Evidence(
        rounding,
        found,
        max((v for v in rmse if not math.isnan(v)), default=math.nan),
        max((v for v in most if not math.isnan(v)), default=math.nan),
    )


def describe(evidence: Evidence) -> str:
    """The rule's second step with its numbers."""
    if evidence.errors is None:
        return "no float64 truth to appeal to"
    return (
        f"against float64 truth: RMSE ratio {evidence.error_ratio:.3g} ≤ {RMSE_RATIO:g} and max "
        f"ratio {evidence.max_ratio:.3g} ≤ {MAX_RATIO:g} would be rounding (reference's own "
        f"{evidence.own_rmse:.2g} and {evidence.own_max:.2g})"
    )
