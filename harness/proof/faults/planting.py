"""Faults planted in a classifier's graph, to prove that the harness finds them.

Every fault is a whole GraphDef of its own, decoder included: the candidate's. The reference keeps
the whole one.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.errors import UsageError, nearest
from harness.graphdef.build import copy_of
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.proof.faults import (  # importing them registers their kinds
    geometry_kinds,  # noqa: F401
    input_kinds,  # noqa: F401
    layer_kinds,  # noqa: F401
    weight_kinds,
)
from harness.proof.faults.kinds import KINDS, Edit, Kind, Place
from harness.proof.faults.network import Network

__all__ = ["KINDS", "Fault", "Kind", "Suite", "faults"]


@dataclass(frozen=True)
class Fault:
    """One mistake in one place."""

    kind: str
    """Name of its kind, a key of KINDS."""
    where: str
    """Name of the node it is made in, or, for one made everywhere, how many and which."""
    whole: GraphDef
    """The GraphDef without the mistake; never changed."""
    edit: Edit
    """Makes the mistake in a copy."""

    @property
    def graph(self) -> GraphDef:
        """A fresh GraphDef with the mistake; made when asked for, since fifty would fill memory."""
        graph = copy_of(self.whole)
        self.edit(graph)
        return graph


@dataclass(frozen=True)
class Suite:
    """The faults chosen for a graph."""

    faults: tuple[Fault, ...]
    """In the order of KINDS, and within a kind in running order."""
    inapplicable: tuple[str, ...]
    """Kinds for which the graph has no place; KINDS[name].needs says what it lacks."""


def faults(
    graph: GraphDef,
    output: str,
    *,
    per_kind: int = 2,
    seed: int = 0,
    classes: tuple[int, int] = (0, 1),
    kinds: tuple[str, ...] = (),
) -> Suite:
    """Choose up to `per_kind` places of every kind (or of `kinds` alone), spread over the network.

    `output` is the score tensor, `node` or `node:port`; `classes` are the two to swap. The running
    order is divided into `per_kind` stretches of equal length and one place is drawn from each by
    `seed`; places in which the mistake would change nothing (a bias of zeros) are passed over. The
    draw of one kind does not depend on the others. Raises UsageError for an unknown kind.
    """
    for name in kinds:
        if name not in KINDS:
            raise UsageError(f"no fault kind '{name}'; {nearest(name, KINDS)}")
    net, whole = Network(graph, output), to_bytes(graph)
    chosen: list[Fault] = []
    missing: list[str] = []
    for name in kinds or KINDS:
        places = KINDS[name].places
        if name == "classes_swapped":
            places = partial(weight_kinds.classes_swapped, classes=classes)
        found = [
            Fault(name, where, graph, edit)
            for stretch in _stretches(list(places(net)), per_kind, name, seed)
            for where, edit in _first_that_changes(graph, whole, stretch)
        ]
        chosen += found
        missing += [] if found else [name]
    return Suite(tuple(chosen), tuple(missing))


def _stretches(places: list[Place], count: int, name: str, seed: int) -> Iterator[list[Place]]:
    """Equal parts of the running order, each shuffled by the seed and the kind's name."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    for part in np.array_split(np.arange(len(places)), max(1, min(count, len(places)))):
        yield [places[i] for i in rng.permutation(part)]


def _first_that_changes(graph: GraphDef, whole: bytes, places: list[Place]) -> Iterator[Place]:
    for where, edit in places:
        faulty = copy_of(graph)
        edit(faulty)
        if to_bytes(faulty) != whole:
            yield where, edit
            return
