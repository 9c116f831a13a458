"""A task's candidate, its passes bisected."""

import math

from harness.errors import UsageError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.locate.expected_output import ExpectedOutput, expected_output
from harness.locate.located_task import deployed_tensor, graph_models, graph_reference
from harness.locate.passes.limited_builds import LimitedBuilds
from harness.locate.passes.verdict import PassStatus, PassVerdict, difference
from harness.locate.reference_tensors import ReferenceTensors
from harness.run.bisection import Bisection
from harness.run.plan import Task
from harness.run.prepared_image import bounds
from harness.stacks.registry import all_stacks, stack_named

SPARE_PROBES = 2
"""Builds beyond the binary logarithm of the number of applications, after the whole one."""
MAX_REASONS = 2
"""Numbers without scores whose reason is given."""


def bisected(task: Task, session: RunSession) -> PassVerdict:
    """The verdict on the passes of a task's candidate.

    Raises UsageError where they can't be limited, and AssetError, GraphError for files that can't
    be used.
    """
    steps = limited_steps(task.candidate.stack)
    candidate, models = task.candidate.id, graph_models(task, session)
    tensor = deployed_tensor(task, session, models[1])
    how = task.case.preprocess, task.case.reference
    question = Question.on_tensor(models[0], *how, tensor)
    try:
        expected = _expected(task, session, question)
        builds = LimitedBuilds(task, session, models[1], tensor, steps, expected)
        with session.observe(f"build {candidate}"):
            excess = builds.whole()
    except NoAnswer as end:
        return PassVerdict(candidate, "failed", end.reason)
    if not excess > 1:
        reason = f"the scores are right: their error is {excess:.2g} of its limit"
        return PassVerdict(candidate, "clean", reason, len(builds.applications), 1, excess=excess)
    count = len(builds.applications)
    bisection = Bisection(builds.probe, wrong=count, most=most_probes(count))
    bisection.run()
    return _verdict(candidate, builds, bisection, excess)


def most_probes(count: int) -> int:
    """How many builds with some of the applications may be made, beside the whole one.

    >>> most_probes(840), most_probes(1), most_probes(0)
    (11, 2, 2)
    """
    return math.floor(math.log2(max(count, 1))) + SPARE_PROBES


def limited_steps(stack: str) -> tuple[str, ...]:
    """The steps whose passes can be limited; UsageError where the stack has none."""
    found = tuple(step.name for step in stack_named(stack).steps if step.limits_passes)
    if not found:
        able = [
            one.name for one in all_stacks().values() if any(s.limits_passes for s in one.steps)
        ]
        raise UsageError(
            f"the passes of stack '{stack}' can't be limited; name a candidate of one of: "
            f"{', '.join(able)}"
        )
    return found


def _expected(task: Task, session: RunSession, question: Question) -> ExpectedOutput:
    """What the reference's scores should be; its last operations may be a softmax."""
    model = question.model
    tensors = ReferenceTensors(graph_reference(session), question, bounds(task))
    with session.observe("truth and noise"):
        return expected_output(tensors, model.output, {node.op for node in model.graph.node})


def _verdict(
    candidate: str, builds: LimitedBuilds, bisection: Bisection, excess: float
) -> PassVerdict:
    count = len(builds.applications)
    status, reason = _status(bisection, count)
    first = builds.applications[bisection.wrong - 1] if bisection.wrong else None
    right = builds.applications[bisection.right - 1] if bisection.right else None
    record = builds.around(first) if first and status == "found" else None
    return PassVerdict(
        candidate,
        status,
        reason,
        count,
        bisection.probes + 1,
        first,
        right,
        excess,
        tuple(record.after) if record else (),
        difference(record.before, record.after) if record else (),
    )


def _status(bisection: Bisection, count: int) -> tuple[PassStatus, str]:
    if bisection.found:
        return "found", f"application {bisection.wrong} of {count} makes the scores wrong"
    if bisection.right is None and not bisection.unknown:
        return "before", (
            "the scores are wrong without any optional pass, so the fault lies in the model, in "
            "its import, or in a pass without which there is no code; see parity locate"
        )
    reasons = list(bisection.between.items())[:MAX_REASONS]
    why = "; ".join(f"with {n} of them: {reason}" for n, reason in reasons)
    lowest = "none" if bisection.right is None else str(bisection.right)
    return "inconclusive", (
        f"right with the first {lowest} of {count} applications, wrong with {bisection.wrong}; "
        f"what lies between could not be built: {why}"
    )
