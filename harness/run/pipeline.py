"""The program on one screen: what turns a Task into its Results.

models → picture → (reference ‖ rounding ‖ candidate) → explanation → verdict → rows, once a scope.
Whatever ends the road early becomes the status of the rows; only a bug escapes.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from harness.cases.scope import Scope
from harness.errors import AssetError, CandidateModelError, GraphError, LabelError, StackError
from harness.execution.noise import idct_noise
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.inputs.labels import LabelMap
from harness.judge import auto_rule
from harness.judge.attribution import Attribution
from harness.judge.noise import TruthAndNoise, unstable
from harness.judge.verdict import applied_tolerance, judge
from harness.results.result import Result
from harness.results.status import Status
from harness.run import attribution as telescope
from harness.run.models import load_models
from harness.run.plan import Task
from harness.run.prepared_image import PreparedImage, bounds, prepare_image
from harness.run.rows import About, explained, result
from harness.stacks.registry import stack_named


@dataclass(frozen=True)
class Work:
    """A task with all it needs at hand."""

    task: Task
    session: RunSession
    models: tuple[ModelFile, ModelFile]
    """The reference's and the candidate's."""
    labels: LabelMap
    seen: PreparedImage


def run(task: Task, session: RunSession) -> list[Result]:
    """Exactly one Result a scope, whatever happens."""
    try:
        with _ends():
            _require_stacks(task, session)
            models = load_models(task, session)
            labels = session.labels(task.case.labels, task.assets)
            seen = prepare_image(task, session, models[1])
            return list(_judged(Work(task, session, models, labels, seen)))
    except NoAnswer as end:
        return task.ended(end.status, end.reason)


@contextlib.contextmanager
def _ends() -> Iterator[None]:
    """Give each error that a user can act upon the status it means for a row."""
    try:
        yield
    except AssetError as error:
        raise NoAnswer(Status.MISSING_ASSET, str(error)) from error
    except StackError as error:
        raise NoAnswer(Status.MISSING_STACK, str(error)) from error
    except CandidateModelError as error:
        raise NoAnswer(Status.IMPORT_FAILED, str(error)) from error
    except GraphError as error:
        raise NoAnswer(Status.REFERENCE_FAILED, str(error)) from error
    except LabelError as error:
        raise NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {error}") from error
    except OSError as error:
        raise NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {error}") from error


def _require_stacks(task: Task, session: RunSession) -> None:
    """Raise StackError where one of the two stacks is not installed."""
    stack_named(session.reference_stack).versions()
    stack_named(task.candidate.stack).versions()


def _judged(work: Work) -> Iterator[Result]:
    """Both programs' outcomes, what rounding can do, the chain between them; a verdict a scope."""
    scopes = work.task.case.scopes
    asked = {s: work.session.submit(partial(_reference, work, s)) for s in scopes}
    rounding = work.session.submit(partial(_rounding, work))
    candidate = _candidate(work)
    references = {scope: answer.result() for scope, answer in asked.items()}
    for scope in scopes:
        yield _verdict(work, scope, (references[scope], candidate), rounding.result())


def _verdict(
    work: Work, scope: Scope, outcomes: tuple[Outcome, Outcome], rounding: TruthAndNoise | None
) -> Result:
    task, seen = work.task, work.seen
    reference, candidate = outcomes
    said = candidate.remarks if isinstance(candidate, Answer) else ()
    about = About(
        model_sha256=work.models[0].sha256,
        candidate_model_sha256=work.models[1].sha256,
        image_sha256=seen.sha256,
        input_shape=seen.shape,
        notes="; ".join((*seen.remarks, *said, *(rounding.notes if rounding else ()))),
    )
    end = _first_end(scope, reference, candidate, seen) or _distrust(work, reference, rounding)
    if end or not isinstance(reference, Answer) or not isinstance(candidate, Answer):
        stop = end or NoAnswer(Status.NO_EVIDENCE, "nothing was compared")
        known = vars(about) | _road(candidate)
        row = task.row(scope, stop.status, stop.reason).model_copy(update=known)
        return Result(row=row, thumbnail=seen.thumbnail)
    tolerance = getattr(task.case.tolerance, scope)
    staged = rounding if scope == "graph" else _on_the_file(work, reference, rounding)
    limits = applied_tolerance(scope, tolerance, reference.scores, staged)
    evidence = None
    if rounding is not None:
        on_tensor = _reference(work, "graph")
        base = on_tensor.scores if isinstance(on_tensor, Answer) else reference.scores
        evidence = auto_rule.weigh(rounding, base, candidate.scores)
    verdict = judge(
        reference.scores, candidate.scores, k=task.case.k, limits=limits, evidence=evidence
    )
    answers = (reference, candidate)
    found = result(task, scope, verdict, answers, work.labels, about, seen.thumbnail)
    chain = _chain(work, outcomes) if scope == "end_to_end" else None
    return explained(found, chain, work.labels) if chain else found


def _road(candidate: Outcome) -> dict[str, Any]:
    """How far the candidate came, whatever the row tells of."""
    if isinstance(candidate, Answer):
        return candidate.facts
    return {**candidate.facts, "stage": candidate.stage}


def _distrust(work: Work, reference: Outcome, rounding: TruthAndNoise | None) -> NoAnswer | None:
    """A reference that does not repeat itself, or labels that do not fit: nothing to judge by."""
    if not isinstance(reference, Answer):
        return None
    noise = rounding.noise_of_modes if rounding else float("nan")
    if why := unstable(reference.spread, noise, reference.scores):
        return NoAnswer(Status.REFERENCE_UNSTABLE, why)
    try:
        work.labels.check(reference.scores.size)
    except LabelError as error:
        return NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {error}")
    return None


def _reference(work: Work, scope: Scope) -> Outcome:
    """TensorFlow on the file, or on the tensor that the candidate is given."""
    seen, model, ask = work.seen, work.models[0], work.session.reference
    how, mode = work.task.case.preprocess, work.task.case.reference
    try:
        if seen.too_large or (scope == "graph" and seen.tensor is None):
            raise NoAnswer(Status.NO_EVIDENCE, seen.refusal)
        if scope == "end_to_end" or seen.tensor is None:
            question = ask.on_file(model, how, seen.data, mode)
        else:
            question = ask.on_tensor(model, how, seen.tensor, mode)
        with work.session.observe(f"reference, {scope}"):
            return ask.answer(replace(question, repeats=work.task.case.repeats), bounds(work.task))
    except NoAnswer as end:
        return end


def _rounding(work: Work) -> TruthAndNoise | None:
    """Truth and noise on the candidate's tensor; None where TensorFlow gave no answer for it."""
    found = _reference(work, "graph")
    if not isinstance(found, Answer) or work.seen.tensor is None:
        return None
    how, mode = work.task.case.preprocess, work.task.case.reference
    question = work.session.reference.on_tensor(work.models[0], how, work.seen.tensor, mode)
    return work.session.rounding(work.models[0], question, found.scores, bounds(work.task))


def _on_the_file(work: Work, scored: Answer, on_tensor: TruthAndNoise | None) -> TruthAndNoise:
    """What rounding does to the reference end to end: in the program, and in the decoder's IDCT."""
    noise = [on_tensor.noise] if on_tensor else []
    if work.seen.accurate is not None:
        how, mode = work.task.case.preprocess, work.task.case.reference
        ask = work.session.reference
        question = ask.on_decoded(work.models[0], how, work.seen.accurate, mode)
        noise.append(idct_noise(ask, question, scored.scores, bounds(work.task)))
    return TruthAndNoise(noise=float(np.fmax.reduce(noise, initial=np.nan)))


def _candidate(work: Work) -> Outcome:
    seen, case = work.seen, work.task.case
    if seen.tensor is None:
        return NoAnswer(Status.RUN_FAILED, f"the deployed decoder refused the file: {seen.refusal}")
    try:
        return work.session.candidates.run(
            work.task.candidate, work.models[1], seen.tensor, case.limits, case.repeats
        )
    except NoAnswer as end:
        return end


def _chain(work: Work, outcomes: tuple[Outcome, Outcome]) -> Attribution | None:
    if not work.session.explains:
        return None
    seen, task = work.seen, work.task
    scene = telescope.AttributionInput(
        task.case, task.candidate, work.models, seen.data, seen.decoded, seen.tensor
    )
    with work.session.observe("explanation"):
        return telescope.run(scene, *outcomes, work.session.reference, work.session.candidates)


def _first_end(
    scope: Scope, reference: Outcome, candidate: Outcome, seen: PreparedImage
) -> NoAnswer | None:
    """Which end the row tells of, where there is one."""
    if seen.tensor is None and (scope == "graph" or isinstance(reference, NoAnswer)):
        other = f"; TensorFlow: {reference.reason}" if isinstance(reference, NoAnswer) else ""
        same = seen.refusal in other
        reason = f"nothing was compared: {seen.refusal}{'' if same else other}"
        return NoAnswer(Status.NO_EVIDENCE, reason)
    if isinstance(candidate, NoAnswer) and candidate.status.kind == "skipped":
        return candidate
    for outcome in (reference, candidate):
        if isinstance(outcome, NoAnswer):
            return outcome
    return None
