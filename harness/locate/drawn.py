"""A verdict on one image → what the report draws of it."""

from collections.abc import Iterator, Mapping, Sequence

from harness.locate.evidence import KernelEvidence
from harness.locate.node_facts import NodeFacts
from harness.locate.rule import chained_terms, limit_of
from harness.locate.verdict import Localisation
from harness.results.located_kernels import DrawnKernel, LocatedKernels, NearNode

MOST_NODES = 40
"""Nodes around the faulty kernels that are kept."""


def located_kernels(found: Localisation, nodes: Mapping[str, NodeFacts]) -> LocatedKernels | None:
    """The errors of all kernels, and the faulty ones' nodes with those that they read and feed.

    `nodes` are those of the whole graph. None where nothing was measured.
    """
    if not found.evidence or not found.evidence[0].kernels:
        return None
    faulty = {node.name for one in found.findings for node in one.nodes}
    near = list(_near(faulty, nodes))
    return LocatedKernels(
        verdict=f"{found.status}: {found.reason}",
        kernels=tuple(_errors(one, nodes) for one in found.evidence[0].kernels),
        near=tuple(near[:MOST_NODES]),
        nodes_left_out=max(0, len(near) - MOST_NODES),
    )


def _errors(one: KernelEvidence, nodes: Mapping[str, NodeFacts]) -> DrawnKernel:
    ops = [nodes[name].op for name in one.nodes if name in nodes]
    return DrawnKernel(
        tensor=one.tensor,
        propagated=one.propagated.largest,
        reference_propagated=one.reference_propagated.largest,
        local=one.local.largest,
        reference_local=one.reference_local.largest,
        limit=limit_of(one.explained, chained_terms(ops, one.shape)).largest,
        faulty=one.faulty,
    )


def _near(faulty: set[str], nodes: Mapping[str, NodeFacts]) -> Iterator[NearNode]:
    """Constants are left out: their values say nothing here."""
    read = {name for one in faulty if one in nodes for name in nodes[one].reads}
    for node in nodes.values():
        if node.op != "Const" and (node.name in faulty | read or faulty & {*node.reads}):
            yield NearNode(
                name=node.name,
                op=node.op,
                attributes=_text(node),
                reads=tuple(_without_constants(node.reads, nodes)),
                faulty=node.name in faulty,
            )


def _without_constants(names: Sequence[str], nodes: Mapping[str, NodeFacts]) -> Iterator[str]:
    return (name for name in names if name not in nodes or nodes[name].op != "Const")


def _text(node: NodeFacts) -> str:
    return ", ".join(f"{name} = {value}" for name, value in node.attributes.items())
