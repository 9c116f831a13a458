"""Several images are evidence for one verdict: which nodes of a candidate are faulty."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.graphdef.access import node_of
from harness.locate.evidence import ImageEvidence, KernelEvidence
from harness.locate.node_facts import NodeFacts

Status = Literal["clean", "faulty", "incomplete", "inconclusive", "failed"]
"""`clean`: rounding explains every kernel. `faulty`: some are named. `incomplete`: none is, but
there are nodes that no checked kernel holds. `inconclusive`: watching changed the scores.
`failed`: a program gave no answer."""


@dataclass(frozen=True)
class FaultyKernel:
    """A faulty kernel, by the image on which it is furthest beyond its limit."""

    nodes: tuple[NodeFacts, ...]
    """The nodes that it computes; the fault is in one of them, or in how they are put together."""
    worst: KernelEvidence
    """What was measured on that image."""
    image: str
    """Name of that image."""
    images: int
    """On how many images it is faulty."""


@dataclass(frozen=True)
class Localisation:
    """The verdict on one candidate."""

    candidate: str
    """Id of the candidate."""
    status: Status
    """What was found."""
    reason: str
    """One sentence."""
    findings: tuple[FaultyKernel, ...]
    """The faulty kernels in running order; empty unless the status is `faulty`."""
    evidence: tuple[ImageEvidence, ...]
    """What was measured on each image."""


def localisation(
    candidate: str, evidence: Sequence[ImageEvidence], nodes: Mapping[str, NodeFacts]
) -> Localisation:
    """The verdict of what was measured on one image or more; `nodes` are those of the graph."""
    changed = [one.image for one in evidence if not one.same_bits]
    found = () if changed else tuple(_findings(evidence, nodes))
    status, reason = _status(changed, found, evidence)
    return Localisation(candidate, status, reason, found, tuple(evidence))


def no_localisation(candidate: str, reason: str) -> Localisation:
    """The verdict where a program gave no answer."""
    return Localisation(candidate, "failed", reason, (), ())


def _status(
    changed: Sequence[str], found: Sequence[FaultyKernel], evidence: Sequence[ImageEvidence]
) -> tuple[Status, str]:
    if changed:
        images = ", ".join(changed)
        return "inconclusive", (
            f"the observed program gave other scores than the plain one on {images}: "
            "what was measured of it says nothing about the deployed program"
        )
    if found:
        names = ", ".join(node_of(one.worst.tensor) for one in found)
        return "faulty", f"beyond what rounding explains: {names}"
    open_nodes = sorted({name for one in evidence for name in one.unchecked})
    if open_nodes or any(one.unmatched for one in evidence):
        kernels = sorted({name for one in evidence for name in one.unmatched})
        return "incomplete", (
            f"no fault in what was checked, but {len(open_nodes)} nodes and {len(kernels)} kernels "
            "could not be checked"
        )
    return "clean", "rounding explains the error of every kernel"


def _findings(
    evidence: Sequence[ImageEvidence], nodes: Mapping[str, NodeFacts]
) -> list[FaultyKernel]:
    """Every kernel that is faulty on an image, by the tensor that it computes or moves."""
    faulty: dict[tuple[str, bool], list[tuple[str, KernelEvidence]]] = {}
    for one in evidence:
        for kernel in one.kernels:
            if kernel.faulty:
                place = kernel.tensor, bool(kernel.nodes)
                faulty.setdefault(place, []).append((one.image, kernel))
    found = []
    for measured in faulty.values():
        image, worst = max(measured, key=lambda pair: pair[1].excess)
        names = worst.nodes or (node_of(worst.tensor),)
        images = len({name for name, _ in measured})
        facts = tuple(nodes[name] for name in names if name in nodes)
        found.append(FaultyKernel(facts, worst, image, images))
    return sorted(found, key=lambda one: one.worst.number)


def largest_excess(evidence: Sequence[ImageEvidence]) -> float:
    """The largest error over its limit of all kernels that were checked; NaN where none was."""
    known = [k.excess for one in evidence for k in one.kernels if k.checked]
    return max(known, default=math.nan)
