"""The verdict of one scope: by two score vectors, and where they leave doubt by measurements."""

from collections.abc import Mapping

from harness.cases.scope import Scope
from harness.execution.outcome import Answer, Outcome
from harness.judge.measured_scores import MeasuredScores
from harness.judge.noise import NAN, TruthAndNoise
from harness.judge.verdict import Verdict
from harness.run.measurements import Measured, PreparedTask


def judged_scope(
    prepared: PreparedTask,
    scope: Scope,
    answers: tuple[Answer, Answer],
    on_tensor: Answer,
    measured: Measured,
) -> tuple[MeasuredScores, Verdict]:
    """Judge the reference's and the candidate's answers.

    `on_tensor` is the reference on the candidate's tensor, which truth and noise are about. End to
    end the noise of the reference's own decoder counts too, and comes first: it takes one run, they
    take four, and no more noise makes a pass another status.
    """
    always, decoder = prepared.session.measures_always, NAN
    scores, verdict = _decided(prepared, scope, answers, on_tensor, measured.found)
    if scope == "end_to_end" and (always or verdict.in_doubt):
        decoder = measured.decoder_noise(answers[0])
        scores, verdict = _decided(prepared, scope, answers, on_tensor, measured.found, decoder)
    if always or verdict.in_doubt:
        return _decided(prepared, scope, answers, on_tensor, measured.measure(), decoder)
    return scores, verdict


def answer_on_tensor(references: Mapping[str, Outcome], reference: Answer) -> Answer:
    """The reference on the candidate's tensor; `reference` where it gave no scores for that."""
    found = references["graph"]
    return found if isinstance(found, Answer) else reference


def wants_decoder_noise(
    prepared: PreparedTask, references: Mapping[str, Outcome], candidate: Outcome
) -> bool:
    """Whether the noise of the reference's decoder will be asked for, as far as scores say."""
    if "end_to_end" not in prepared.task.case.scopes or prepared.image.accurate is None:
        return False
    reference = references["end_to_end"]
    if not isinstance(reference, Answer) or not isinstance(candidate, Answer):
        return False
    on_tensor = answer_on_tensor(references, reference)
    _, verdict = _decided(prepared, "end_to_end", (reference, candidate), on_tensor, None)
    return prepared.session.measures_always or verdict.in_doubt


def _decided(
    prepared: PreparedTask,
    scope: Scope,
    answers: tuple[Answer, Answer],
    on_tensor: Answer,
    found: TruthAndNoise | None,
    decoder: float = NAN,
) -> tuple[MeasuredScores, Verdict]:
    case, (reference, candidate) = prepared.task.case, answers
    vectors = reference.scores, candidate.scores
    scores = MeasuredScores.of(vectors, found, on_tensor.scores, decoder)
    return scores, scores.judged(scope, getattr(case.tolerance, scope), case.k)
