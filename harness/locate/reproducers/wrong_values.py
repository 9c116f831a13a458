"""A kernel that computes wrong values, as a folder."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.cases.candidate import Candidate
from harness.graphdef.access import node_of, tensor_of
from harness.locate.reproducers.choice import Tried, choices
from harness.locate.reproducers.delta_debugging import Budget
from harness.locate.reproducers.folder import first_that_shows
from harness.locate.reproducers.parted_models import PartedModels
from harness.locate.reproducers.reduction import FedParts, reduced
from harness.locate.reproducers.reproducer import ChosenForm, ReducedFault, Reproducer
from harness.locate.reproducers.trials import Trials
from harness.locate.verdict import FaultyKernel


def reproduce_kernel(
    models: PartedModels, tried: Trials, kernel: FaultyKernel, folder: Path
) -> Reproducer:
    """Reduce what a faulty kernel computes and write the folder.

    Raises NoAnswer, GraphError, UsageError.
    """
    candidate, budget = tried.task.candidate, Budget()

    def shows(parts: FedParts, how: Candidate | None = None) -> bool:
        return tried.wrong(parts.reference, parts.candidate, parts.value, how) is not None

    for names in _places(models, kernel):
        models.fetch(names)
        parts = reduced(models.of, names, shows, budget, tried.output_bytes)
        if parts is not None:
            break
    else:
        reason = (
            "no part of the model shows it, built by itself; parity locate shows it in the whole"
        )
        return Reproducer(candidate.id, f"{_named(kernel)}: {reason}", trials=budget.spent)
    made = first_that_shows(folder, _forms(tried, parts, kernel, budget, shows), candidate.id)
    if made is None:
        reason = f"stack '{candidate.stack}' has no form without the harness that shows it"
        return Reproducer(candidate.id, f"{_named(kernel)}: {reason}", trials=budget.spent)
    return made


def _forms(
    tried: Trials, parts: FedParts, kernel: FaultyKernel, budget: Budget, shows: Tried
) -> Iterator[tuple[ReducedFault, ChosenForm]]:
    for how, form in choices(tried.task, tried.session, parts, "", shows):
        wrong = tried.wrong(parts.reference, parts.candidate, parts.value, how)
        if wrong is not None:
            truth, found = wrong.expected.truth, _found(tried, kernel)
            program = tried.reference.stack.program
            yield ReducedFault(parts, wrong, how, truth, budget.spent, found, program), form


def _places(models: PartedModels, kernel: FaultyKernel) -> Iterator[Sequence[str]]:
    """The kernel's nodes; where they do not show it by themselves, all that come before, too."""
    names = [node.name for node in kernel.nodes]
    yield names
    pixels = tensor_of(models.wiring.pixels)
    before = models.wiring.stretch(kernel.worst.tensor, {pixels}).nodes
    if set(before) - set(names):
        yield before


def _named(kernel: FaultyKernel) -> str:
    return node_of(kernel.worst.tensor)


def _found(tried: Trials, kernel: FaultyKernel) -> str:
    worst, other = kernel.worst, tried.task.candidate.model
    compiled = (
        "The module is compiled from another model file than the reference's. " if other else ""
    )
    return (
        f"{compiled}In a whole network the output of kernel {worst.kernel} "
        f"({node_of(worst.tensor)}) was {worst.excess:.3g} times further from float64 than "
        f"rounding explains, given the tensors of {tried.reference.stack.program}; its operations "
        "were then reduced to the fewest that show it "
        f"({', '.join(node.op for node in kernel.nodes)} before)."
    )
