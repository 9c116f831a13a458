"""Kinds of equal rewrites, by name.

A kind is a function of a node of the network that appends to a new graph what stands in the node's
place; the last node that it appends takes the node's name. Its docstring is its description.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.network import Network

Append = Callable[[GraphDef, Network, NodeDef], bool]
"""Appends what replaces a node; False, and nothing appended, where it can't."""


@dataclass(frozen=True)
class Rewrite:
    """One way to write the same function."""

    ops: Sequence[str]
    """Operations of the nodes that it replaces."""
    append: Append
    """What stands in their place."""
    says: str
    """One sentence on what it does."""


REWRITES: dict[str, Rewrite] = {}


def rewrite(*ops: str) -> Callable[[Append], Append]:
    """Register a function as the rewrite of its name."""

    def register(append: Append) -> Append:
        says = str(append.__doc__).partition("\n")[0]
        REWRITES[append.__name__] = Rewrite(ops, append, says)
        return append

    return register


def part(node: NodeDef, what: str) -> str:
    """Name of one of the nodes that stand in a node's place."""
    return f"{node.name}/equal_rewrite/{what}"
