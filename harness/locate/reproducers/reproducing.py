"""A task's fault, located or met while building, as a folder that shows it."""

from pathlib import Path

from harness.errors import GraphError, UsageError, nearest
from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.graphdef.access import node_of
from harness.locate.located_task import (
    deployed_tensor,
    graph_models,
    graph_reference,
    located,
    require_observable,
)
from harness.locate.reproducers.failures import reproduce_failure
from harness.locate.reproducers.folder import require_free
from harness.locate.reproducers.parted_models import parted_models
from harness.locate.reproducers.reproducer import Reproducer
from harness.locate.reproducers.trials import trials
from harness.locate.reproducers.wrong_values import reproduce_kernel
from harness.locate.verdict import FaultyKernel, Localisation
from harness.run.plan import Task


def reproduced(task: Task, session: RunSession, folder: Path, node: str | None) -> Reproducer:
    """Find the fault of a task's candidate, reduce it, write the folder.

    `node` is one of those that `parity locate` names; None: the one furthest beyond its limit.
    Raises UsageError, and AssetError, GraphError for files that can't be used.
    """
    require_free(folder)
    require_observable(task.candidate.stack)
    try:
        return _reproduced(task, session, folder, node)
    except NoAnswer as end:
        return Reproducer(task.candidate.id, f"failed: {end.reason}")
    except OSError as error:
        raise GraphError(f"{task.image.name}: tensors can't be kept: {error}") from error


def _reproduced(task: Task, session: RunSession, folder: Path, node: str | None) -> Reproducer:
    reference, models = graph_reference(session), graph_models(task, session)
    tensor = deployed_tensor(task, session, models[1])
    try:
        with session.observe(f"build and run {task.candidate.id}"):
            session.candidates.run(task.candidate, models[1], tensor, task.case.limits, 0)
    except NoAnswer as failure:
        pair = models[1], models[1]  # the model that is built is the one that fails
        with (
            parted_models(task, pair, reference, tensor) as parted,
            trials(task, session, reference) as tried,
        ):
            return reproduce_failure(parted, tried, failure, folder)
    found = located([task], session)
    if not found.findings:
        return Reproducer(task.candidate.id, f"{found.status}: {found.reason}")
    kernel = _kernel(found, node)
    with (
        parted_models(task, models, reference, tensor) as parted,
        trials(task, session, reference) as tried,
    ):
        return reproduce_kernel(parted, tried, kernel, folder)


def _kernel(found: Localisation, node: str | None) -> FaultyKernel:
    """The finding that holds a node; without a name the one furthest beyond its limit."""
    if node is None:
        return max(found.findings, key=lambda one: one.worst.excess)
    for one in found.findings:
        if node in (node_of(one.worst.tensor), *(each.name for each in one.nodes)):
            return one
    names = [node_of(one.worst.tensor) for one in found.findings]
    raise UsageError(f"node '{node}' is not among those that err; {nearest(node, names)}")
