"""In which nodes of a whole graph a planted fault lies, and whether those are the nodes named."""

from collections.abc import Collection, Sequence
from typing import Literal

from harness.graphdef.access import data_entries, node_of
from harness.graphdef.endpoints import FED
from harness.graphdef.wire import GraphDef
from harness.proof.faults.network import FORWARDERS

Naming = Literal["", "right", "wrong", "not located"]
"""`right`: every kernel named holds a node of the fault and, of a fault in one place, none of its
nodes is left over. `wrong`: another kernel is named, or a node is left over. `not located`: no
kernel is named. Empty: it was not asked."""


def naming(
    expected: Collection[str], named: Sequence[Collection[str]], *, one_place: bool
) -> Naming:
    """Judge what was located: the nodes of the fault, and those of each kernel that was named.

    >>> naming({"conv"}, [{"conv", "relu"}], one_place=True)
    'right'
    >>> naming({"conv"}, [{"conv", "relu"}, {"dense"}], one_place=True)
    'wrong'

    In one of many places a fault may change nothing, such as a bound that no value reaches:

    >>> naming({"relu", "relu_1"}, [{"relu"}], one_place=False)
    'right'
    """
    if not named:
        return "not located"
    nodes = set(expected)
    missed = nodes - set().union(*named)
    strangers = [kernel for kernel in named if nodes.isdisjoint(kernel)]
    return "wrong" if strangers or (one_place and missed) else "right"


def changed_nodes(whole: GraphDef, faulty: GraphDef) -> set[str]:
    """Nodes of the whole graph that differ, or that read a constant which does.

    A node that does not depend on the image counts as a constant: compilers compute it.
    """
    before = {node.name: node for node in whole.node}
    different = {n.name for n in faulty.node if n.name not in before or n != before[n.name]}
    depending = _depending(faulty)
    passing = {n.name for n in faulty.node if n.op in FORWARDERS or n.name not in depending}
    found = set(different - passing)
    todo = different & passing
    while todo:
        users = {n.name for n in faulty.node if any(node_of(e) in todo for e in data_entries(n))}
        found |= users - passing
        todo = users & passing
    return found & before.keys()


def _depending(graph: GraphDef) -> set[str]:
    """Names of the nodes that depend on what is fed."""
    users: dict[str, list[str]] = {}
    for node in graph.node:
        for entry in data_entries(node):
            users.setdefault(node_of(entry), []).append(node.name)
    todo = [node.name for node in graph.node if node.op in FED]
    found = set(todo)
    while todo:
        new = [name for name in users.get(todo.pop(), ()) if name not in found]
        found.update(new)
        todo += new
    return found
