"""What is tried in a model's place: faults of graded size, equal rewrites, the model itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from harness.graphdef.model_file import ModelFile
from harness.graphdef.wire import GraphDef
from harness.proof.faults.planting import Fault, faults
from harness.proof.grades import GradedFault, Measure, graded
from harness.proof.measurements import Measurements
from harness.proof.rewrites.catalogue import REWRITES, equal_graph

What = Literal["fault", "rewrite", "whole"]


@dataclass(frozen=True)
class Variant:
    """One graph, and how far it moves the whole model's truth."""

    what: What
    """A fault, a rewrite that must pass, or the whole model itself."""
    kind: str
    """Kind of the fault, or name of the rewrite; empty for the whole model."""
    where: str
    """Where the fault is; empty for others."""
    amount: float
    """Part of the fault that is made, 1 for the whole; 0 for others."""
    times: Mapping[str, float]
    """By photo: how many times the noise it moves truth."""
    make: Callable[[], GraphDef] | None = None
    """Makes the graph; None for the whole model."""


@dataclass(frozen=True)
class Wanted:
    """What to try in a model's place."""

    kinds: tuple[str, ...] | None = ()
    """Kinds of faults; empty: every one; None: none."""
    per_kind: int = 1
    """Places a kind."""
    times: tuple[float, ...] = ()
    """How many times the noise a fault shall move truth; empty: faults are made whole."""
    rewrites: tuple[str, ...] = ()
    """Equal rewrites."""
    locate: bool = False
    """Whether the node behind each fault is looked for."""


@dataclass(frozen=True)
class Variants:
    """Everything to try in a model's place."""

    tried: tuple[Variant, ...]
    """The whole model first."""
    inapplicable: tuple[str, ...]
    """Kinds and rewrites for which the model has no place."""


def variants_of(file: ModelFile, wanted: Wanted, known: Measurements, measure: Measure) -> Variants:
    """The variants that are wanted of a model; `measure` is asked for what is not known yet."""
    missing: list[str] = []
    tried = [Variant("whole", "", "", 0.0, {})]
    tried += _rewrites(file, wanted.rewrites, known, measure, missing)
    if wanted.kinds is not None:
        suite = faults(file.graph, file.output, per_kind=wanted.per_kind, kinds=wanted.kinds)
        missing += suite.inapplicable

        def grade(fault: Fault) -> list[GradedFault]:
            return graded(fault, wanted.times, measure)

        sizes = (known.sizes(fault, wanted.times, grade) for fault in suite.faults)
        tried += [_of_fault(one) for found in sizes for one in found]
    return Variants(tuple(tried), tuple(missing))


def _of_fault(one: GradedFault) -> Variant:
    kind, where = one.fault.kind, one.fault.where
    return Variant("fault", kind, where, one.amount, one.times, lambda: one.graph)


def _rewrites(
    file: ModelFile,
    names: Sequence[str],
    known: Measurements,
    measure: Measure,
    missing: list[str],
) -> Iterator[Variant]:
    """The rewrites that the model has a place for; names of the others go into `missing`."""
    for name in names:
        graph = equal_graph(name, file.graph)
        if graph is None:
            missing.append(name)
            continue
        times = known.times(name, partial(measure, graph))
        yield Variant("rewrite", name, "", 0.0, times, partial(REWRITES[name].apply, file.graph))
