"""A crash, a hang or an error of a build, as a folder."""

from pathlib import Path

from harness.cases.candidate import Candidate
from harness.execution.outcome import NoAnswer
from harness.locate.reproducers.choice import choices
from harness.locate.reproducers.delta_debugging import Budget
from harness.locate.reproducers.folder import first_that_shows, signature_of
from harness.locate.reproducers.parted_models import PartedModels
from harness.locate.reproducers.reduction import FedParts, reduced
from harness.locate.reproducers.reproducer import ReducedFault, Reproducer
from harness.locate.reproducers.trials import Trials
from harness.results.status import Status

SHOWN_AGAIN = frozenset(
    {
        Status.IMPORT_FAILED,
        Status.OPTIMIZE_FAILED,
        Status.COMPILE_FAILED,
        Status.RUN_FAILED,
        Status.CRASHED,
        Status.TIMED_OUT,
    }
)
"""Failures that a script shows; one that takes all memory is not run again."""


def reproduce_failure(
    models: PartedModels, tried: Trials, failure: NoAnswer, folder: Path
) -> Reproducer:
    """Reduce the graph to the fewest nodes that fail in the same way, and write the folder.

    Raises NoAnswer, GraphError, UsageError.
    """
    candidate, budget = tried.task.candidate, Budget()
    if failure.status not in SHOWN_AGAIN:
        return Reproducer(candidate.id, f"{failure.status} is not reproduced: {failure.reason}")

    def shows(parts: FedParts, how: Candidate | None = None) -> bool:
        met = tried.failure(parts.candidate, parts.value, how)
        return met is not None and same_failure(met, failure)

    names = list(models.wiring.nodes)
    models.fetch(names)
    parts = reduced(models.of, names, shows, budget, tried.output_bytes)
    if parts is None:
        reason = f"the graph from its pixel tensor on does not fail so: {failure.reason}"
        return Reproducer(candidate.id, reason, trials=budget.spent)
    found = (
        f"A whole network ended as {failure.status} in step {failure.stage or 'run'}; its graph "
        f"was reduced from {len(names)} nodes to the fewest that end so ({budget.spent} trials)."
    )
    expected = tried.truth(parts)
    program = tried.reference.stack.program
    forms = (
        (ReducedFault(parts, failure, how, expected, budget.spent, found, program), form)
        for how, form in choices(tried.task, tried.session, parts, failure.stage, shows)
    )
    made = first_that_shows(folder, forms, candidate.id)
    if made is None:
        ops = ", ".join(node.op for node in parts.candidate.operations)
        reason = (
            f"{failure.status}: {failure.reason}. It comes down to {ops}, but step "
            f"'{failure.stage}' of stack '{candidate.stack}' is the harness's own code, which a "
            "script without the harness can't show"
        )
        return Reproducer(candidate.id, reason, trials=budget.spent)
    return made


def same_failure(one: NoAnswer, other: NoAnswer) -> bool:
    """Whether status, step and message are the same, numbers in the message aside."""
    return (one.status, one.stage) == (other.status, other.stage) and (
        one.status in (Status.CRASHED, Status.TIMED_OUT)
        or signature_of(one.reason) == signature_of(other.reason)
    )
