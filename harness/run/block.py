"""Several images of one case at once: the rows of `pipeline.run`, of programs asked in blocks.

What these rows lack are the milliseconds: each program runs once an image, untimed.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from numpy.typing import NDArray

from harness.cases.scope import Scope
from harness.execution.outcome import NoAnswer, Outcome
from harness.execution.reference import BlockReference, Question
from harness.execution.session import RunSession
from harness.results.result import Result
from harness.run.error_statuses import errors_as_no_answer
from harness.run.measurements import (
    Measured,
    PreparedTask,
    candidate_tensor,
    decoded_question,
    reference_question,
)
from harness.run.pipeline import LoadedFiles, failed, judged, load_files, prepared_task
from harness.run.plan import Task
from harness.run.prepared_image import bounds
from harness.run.scope_verdict import wants_decoder_noise

Asked = TypeVar("Asked")


def run_block(tasks: Sequence[Task], session: RunSession) -> list[list[Result]]:
    """For each task exactly one Result for each scope; the tasks are of one case."""
    first = {task.candidate.id: task for task in reversed(tasks)}
    loaded = {name: _loaded(task, session) for name, task in first.items()}
    prepared = [_prepared(task, session, loaded[task.candidate.id]) for task in tasks]
    ready = [one for one in prepared if isinstance(one, PreparedTask)]
    references = _references(ready)
    candidates = _candidates(ready, session)
    measured = _measured(ready, references, candidates)
    known = iter(zip(references, candidates, measured, strict=True))
    return [
        failed(task, one) if isinstance(one, NoAnswer) else judged(one, *next(known))
        for task, one in zip(tasks, prepared, strict=True)
    ]


def _loaded(task: Task, session: RunSession) -> LoadedFiles | NoAnswer:
    try:
        return load_files(task, session)
    except NoAnswer as failure:
        return failure


def _prepared(
    task: Task, session: RunSession, loaded: LoadedFiles | NoAnswer
) -> PreparedTask | NoAnswer:
    try:
        return loaded if isinstance(loaded, NoAnswer) else prepared_task(task, session, loaded)
    except NoAnswer as failure:
        return failure


def _references(prepared: Sequence[PreparedTask]) -> list[dict[str, Outcome]]:
    """By scope the reference's outcome for each task, on the tensor always.

    It is asked once for the candidates of one image that are given one tensor.
    """
    answers: list[dict[str, Outcome]] = [{} for _ in prepared]
    scopes: set[Scope] = {"graph", *(scope for one in prepared for scope in one.task.case.scopes)}
    for scope in scopes:
        keys = [
            (one.task.image.name, scope == "graph" and one.models[1].sha256) for one in prepared
        ]
        first = dict(zip(reversed(keys), reversed(prepared), strict=True))
        ask = partial(reference_question, scope=scope)
        found = _outcomes(list(first.values()), ask, lambda *_: None, _answers)
        by_key = dict(zip(first, found, strict=True))
        for place, key in enumerate(keys):
            answers[place][scope] = by_key[key]
    return answers


def _candidates(prepared: Sequence[PreparedTask], session: RunSession) -> list[Outcome]:
    """The candidate's outcome for each task."""

    def group(one: PreparedTask, tensor: NDArray[Any]) -> Hashable:
        return one.task.candidate.id, tensor.shape

    def run(one: PreparedTask, tensors: Sequence[NDArray[Any]]) -> list[Outcome]:
        task = one.task
        return session.candidates.run_block(
            task.candidate, one.models[1], tensors, task.case.limits
        )

    return _outcomes(prepared, candidate_tensor, group, run)


def _measured(
    prepared: Sequence[PreparedTask],
    references: Sequence[Mapping[str, Outcome]],
    candidates: Sequence[Outcome],
) -> list[Measured]:
    """What each verdict may ask for; the reference ran already where its decoder will be asked."""
    places = [
        place
        for place, known in enumerate(zip(prepared, references, candidates, strict=True))
        if wants_decoder_noise(*known)
    ]
    wanted = [prepared[place] for place in places]
    found = _outcomes(wanted, decoded_question, lambda *_: None, _answers)
    decoded = dict(zip(places, found, strict=True))
    return [
        Measured(one, partial(answers.__getitem__, "graph"), decoded.get(place))
        for place, (one, answers) in enumerate(zip(prepared, references, strict=True))
    ]


def _answers(one: PreparedTask, questions: Sequence[Question]) -> list[Outcome]:
    reference, limits = one.reference, bounds(one.task)
    if isinstance(reference, BlockReference):
        return reference.answers(questions, limits)
    return [_outcome(partial(reference.answer, question, limits)) for question in questions]


def _outcome(ask: Callable[[], Outcome]) -> Outcome:
    try:
        return ask()
    except NoAnswer as failure:
        return failure


def _outcomes(
    prepared: Sequence[PreparedTask],
    ask: Callable[[PreparedTask], Asked],
    group: Callable[[PreparedTask, Asked], Hashable],
    run: Callable[[PreparedTask, Sequence[Asked]], list[Outcome]],
) -> list[Outcome]:
    """An outcome for each task: of what each asks, those of one group are run together.

    A NoAnswer that `ask` raises is its task's outcome, one that `run` raises the group's.
    """
    found: dict[int, Outcome] = {}
    groups: defaultdict[Hashable, dict[int, Asked]] = defaultdict(dict)
    for place, one in enumerate(prepared):
        try:
            asked = ask(one)
            groups[group(one, asked)][place] = asked
        except NoAnswer as failure:
            found[place] = failure
    for members in groups.values():
        try:
            with errors_as_no_answer():
                outcomes = run(prepared[next(iter(members))], list(members.values()))
        except NoAnswer as failure:
            outcomes = [failure] * len(members)
        found.update(zip(members, outcomes, strict=True))
    return [found[place] for place in range(len(prepared))]
