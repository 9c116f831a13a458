"""`MeasuredScores`: everything that a verdict is made of, but for the case's limits."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from harness.cases.scope import Scope
from harness.cases.tolerance import EndToEndTolerance, GraphTolerance
from harness.judge import auto_rule
from harness.judge.applied_tolerance import applied_tolerance
from harness.judge.auto_rule import Evidence
from harness.judge.noise import NAN, TruthAndNoise
from harness.judge.verdict import Verdict, judge


@dataclass(frozen=True)
class MeasuredScores:
    """Two score vectors, and what was measured of rounding beside them."""

    reference: ArrayLike
    """The reference's scores, `[N]` or `[1, N]`."""
    candidate: ArrayLike
    """The candidate's."""
    evidence: Evidence | None = None
    """The numbers of the rule `auto`; None where truth and noise were not measured."""
    noise: float = NAN
    """How far rounding may move a score."""
    decoder_noise: float = NAN
    """How far the reference's own decoder may move a score, end to end."""

    @classmethod
    def of(
        cls,
        scores: tuple[ArrayLike, ArrayLike],
        measured: TruthAndNoise | None,
        on_tensor: ArrayLike,
        decoder_noise: float,
    ) -> "MeasuredScores":
        """The reference's and the candidate's scores with what was measured.

        `on_tensor` are the reference's scores on the tensor that truth and noise are about.
        """
        if measured is None:
            return cls(*scores, decoder_noise=decoder_noise)
        evidence = auto_rule.evidence(measured, on_tensor, scores[1])
        noise = auto_rule.score_noise(measured, on_tensor)
        return cls(*scores, evidence, noise, decoder_noise)

    def judged(
        self, scope: Scope, tolerance: GraphTolerance | EndToEndTolerance, k: int
    ) -> Verdict:
        """The verdict of a scope under its tolerance, top k in order."""
        limits = applied_tolerance(scope, tolerance, self.reference, self.noise, self.decoder_noise)
        return judge(self.reference, self.candidate, k=k, limits=limits, evidence=self.evidence)
