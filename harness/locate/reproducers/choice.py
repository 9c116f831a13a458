"""Which of a stack's standalone forms shows a fault."""

from collections.abc import Callable, Iterator

from harness.cases.candidate import Candidate
from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.locate.reproducers.reduction import FedParts
from harness.locate.reproducers.reproducer import ChosenForm
from harness.run.plan import Task
from harness.stacks.protocol import Stack
from harness.stacks.registry import stack_named
from harness.stacks.standalone import StandaloneForm

Tried = Callable[[FedParts, Candidate], bool]
"""Whether the parts show the fault if the candidate is built so."""


def forms(
    stack: Stack, candidate: Candidate, stage: str
) -> Iterator[tuple[Candidate, StandaloneForm]]:
    """Ways to show a fault without the harness, those with the fewest passes behind them first.

    `stage` is the step that fails; `run`, or empty for wrong values. A way may be built with
    another pipeline than the candidate's: whether it shows the fault must be tried.
    """
    steps = ["", *(step.name for step in stack.steps)]
    failing = steps.index(stage) if stage in steps[1:] else len(steps)
    for form in stack.standalone:
        place = steps.index(form.step)
        usable = place < failing if form.values else place + 1 == failing
        if not usable:
            continue
        for pipeline in dict.fromkeys((form.pipelines[0], candidate.pipeline)):
            if pipeline in form.pipelines and not (form.lowered and pipeline != candidate.pipeline):
                yield candidate.model_copy(update={"pipeline": pipeline}), form


def choices(
    task: Task, session: RunSession, parts: FedParts, stage: str, shows: Tried
) -> Iterator[tuple[Candidate, ChosenForm]]:
    """The forms in which the harness's own build shows the fault, with their files made."""
    stack = stack_named(task.candidate.stack)
    model, shape = parts.candidate.model(parts.value), parts.value.shape
    for how, form in forms(stack, task.candidate, stage):
        if how.pipeline != task.candidate.pipeline and not shows(parts, how):
            continue
        try:
            built = session.candidates.made_by(how, model, shape, task.case.limits, form.step)
        except NoAnswer:
            continue
        yield how, ChosenForm(stack, form, built.folder, built.facts.target)
