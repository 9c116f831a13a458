"""The program on one screen: what turns a Task into its Results.

models → image → (reference ‖ truth and noise ‖ candidate) → verdict → row → attribution, for each
scope. Whatever a user can act upon becomes the status of the rows; only a defect of the harness
itself raises.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from harness.cases.scope import Scope
from harness.errors import LabelError
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.inputs.labels import LabelMap
from harness.judge.measured_scores import MeasuredScores
from harness.judge.noise import NAN, unstable
from harness.results.result import Result
from harness.results.status import Status
from harness.run.calibration import with_calibration
from harness.run.capturing import captured
from harness.run.case_checks import require_supported
from harness.run.error_statuses import errors_as_no_answer
from harness.run.fitting import require_fit
from harness.run.measurements import (
    Measured,
    PreparedTask,
    both_decoded,
    run_attribution,
    run_candidate,
    run_reference,
)
from harness.run.models import load_models
from harness.run.own_candidates import with_own_code
from harness.run.plan import Task
from harness.run.prepared_image import prepare_image
from harness.run.rows import (
    FileFacts,
    compared_result,
    failed_result,
    joined,
    with_attribution,
)
from harness.run.scope_verdict import answer_on_tensor, judged_scope
from harness.stacks.registry import stack_named

LoadedFiles = tuple[tuple[ModelFile, ModelFile], LabelMap]
"""The reference's and the candidate's model, and the names of the classes."""


def run(task: Task, session: RunSession) -> list[Result]:
    """Exactly one Result for each scope of the task's case, whatever happens."""
    try:
        with errors_as_no_answer():
            return list(_results(prepared_task(task, session)))
    except NoAnswer as failure:
        return failed(task, failure)


def prepared_task(
    task: Task, session: RunSession, loaded: LoadedFiles | None = None
) -> PreparedTask:
    """The task with its files read; raises NoAnswer where that gives its rows their status.

    `loaded` is what `load_files` gave for a task of the same case and candidate.
    """
    with errors_as_no_answer():
        models, labels = loaded or load_files(task, session)
        task = with_own_code(task)
        ready = with_calibration(task, session, models[1])
        image = prepare_image(task, session, models[1])
        return PreparedTask(ready, session, models, labels, image, task)


def load_files(task: Task, session: RunSession) -> LoadedFiles:
    """What all images of a case and candidate share; raises NoAnswer."""
    with errors_as_no_answer():
        stack_named(task.reference).versions()
        require_supported(task.candidate)
        models = load_models(task, session)
        labels = session.labels(task.case.labels, task.assets)
        require_fit(task.case, models, labels)
        return models, labels


def failed(task: Task, failure: NoAnswer) -> list[Result]:
    """One Result for each scope of a task in which nothing was compared."""
    return [captured(failed_result(task, scope, failure), task) for scope in task.case.scopes]


def _results(prepared: PreparedTask) -> Iterator[Result]:
    """Run the reference beside the candidate's build, then one result for each scope."""
    scopes, submit = prepared.task.case.scopes, prepared.session.submit
    on_tensor = submit(partial(run_reference, prepared, "graph"))
    asked = {"graph": on_tensor}
    if "end_to_end" in scopes:
        asked["end_to_end"] = submit(partial(run_reference, prepared, "end_to_end"))
    measured = Measured(prepared, on_tensor.result)
    if prepared.session.measures_always:  # beside the candidate; `measure` waits for it again
        submit(measured.measure)
    candidate = run_candidate(prepared)
    references = {scope: answer.result() for scope, answer in asked.items()}
    for scope in scopes:
        yield _result(prepared, scope, references, candidate, measured)


def judged(
    prepared: PreparedTask,
    references: Mapping[str, Outcome],
    candidate: Outcome,
    measured: Measured,
) -> list[Result]:
    """One Result for each scope, of outcomes that are known.

    `references` holds the reference on the tensor, as `graph`, and on the file where judged.
    """
    try:
        with errors_as_no_answer():
            return [
                _result(prepared, scope, references, candidate, measured)
                for scope in prepared.task.case.scopes
            ]
    except NoAnswer as failure:
        return failed(prepared.planned, failure)


def _result(
    prepared: PreparedTask,
    scope: Scope,
    references: Mapping[str, Outcome],
    candidate: Outcome,
    measured: Measured,
) -> Result:
    """One row; `references` holds the reference on the tensor, and on the file where judged."""
    task, image = prepared.task, prepared.image
    reference = references[scope]
    failure = _failure(prepared, scope, (reference, candidate), measured)
    if failure or not isinstance(reference, Answer) or not isinstance(candidate, Answer):
        failure = failure or NoAnswer(Status.NO_EVIDENCE, "nothing was compared")
        known = _known(prepared, (reference, candidate), measured)
        result = failed_result(task, scope, failure, known, candidate, image.thumbnail)
        return _kept(prepared, result)
    answers = reference, candidate
    on_tensor = answer_on_tensor(references, reference)
    scores, verdict = judged_scope(prepared, scope, answers, on_tensor, measured)
    known = _known(prepared, answers, measured)
    result = compared_result(task, scope, verdict, answers, prepared.labels, known, image.thumbnail)
    result = _kept(prepared, result, scores)
    if scope == "graph":
        return result
    result = result.model_copy(update={"decoded": both_decoded(prepared)})
    steps = run_attribution(prepared, answers)
    return with_attribution(result, steps, prepared.labels) if steps else result


def _kept(prepared: PreparedTask, result: Result, scores: MeasuredScores | None = None) -> Result:
    """With what it takes to judge and to run it again, where the session keeps that."""
    return captured(result, prepared.planned, scores) if prepared.session.keeps_captures else result


def _known(
    prepared: PreparedTask, outcomes: tuple[Outcome, Outcome], measured: Measured
) -> FileFacts:
    image, notes = prepared.image, measured.found.notes if measured.found else ()
    remarks = [text for one in outcomes if isinstance(one, Answer) for text in one.remarks]
    return FileFacts(
        model_sha256=prepared.models[0].sha256,
        candidate_model_sha256=prepared.models[1].sha256,
        image_sha256=image.sha256,
        input_shape=image.shape,
        notes=joined((*image.remarks, *remarks, *notes)),
        preprocessing=image.preprocessing,
    )


def _failure(
    prepared: PreparedTask,
    scope: Scope,
    outcomes: tuple[Outcome, Outcome],
    measured: Measured,
) -> NoAnswer | None:
    """Why the scope can't be judged; None where it can.

    A skipped candidate comes before a failed reference, and that before a failed candidate.
    """
    (reference, candidate), image = outcomes, prepared.image
    if image.tensor is None and (scope == "graph" or isinstance(reference, NoAnswer)):
        return _refused_image(prepared, reference)
    if isinstance(candidate, NoAnswer) and candidate.status.kind == "skipped":
        return candidate
    if isinstance(reference, NoAnswer):
        return reference
    if isinstance(candidate, NoAnswer):
        return candidate
    return _unusable_reference(prepared, reference, measured)


def _refused_image(prepared: PreparedTask, reference: Outcome) -> NoAnswer:
    """The deployed decoder refused the image; says what the reference made of it, if other."""
    refusal = prepared.image.refusal
    if not isinstance(reference, NoAnswer) or refusal in reference.reason:
        return NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {refusal}")
    program = prepared.reference.stack.program
    reason = f"nothing was compared: {refusal}; {program}: {reference.reason}"
    return NoAnswer(Status.NO_EVIDENCE, reason, log=reference.log)


def _unusable_reference(
    prepared: PreparedTask, reference: Answer, measured: Measured
) -> NoAnswer | None:
    """Where the reference does not repeat itself, or the labels do not fit it."""
    if unstable(reference.spread, NAN, reference.scores):
        found = measured.measure()
        noise = found.movement(reference.scores)[0] if found else NAN
        in_float64 = measured.float64_spread()
        if why := unstable(reference.spread, noise, reference.scores, in_float64):
            return NoAnswer(Status.REFERENCE_UNSTABLE, why)
    try:
        prepared.labels.check(reference.scores.size)
    except LabelError as error:
        return NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {error}")
    return None
