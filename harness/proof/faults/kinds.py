"""Kinds of mistakes that porting a classifier makes, by name.

A kind is a function from a Network to its places, in running order: where, and the edit that makes
the mistake there on a copy. Its docstring is its description.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from numpy.typing import NDArray

from harness.graphdef.wire import GraphDef
from harness.proof.faults.network import Network

Edit = Callable[[GraphDef], None]
Place = tuple[str, Edit]
Places = Callable[[Network], Iterator[Place]]
Array = NDArray[Any]
Made = TypeVar("Made", bound=Callable[..., Iterator[Place]])


@dataclass(frozen=True)
class Kind:
    """One kind of mistake."""

    places: Places
    """Where it could be made, in running order."""
    needs: str
    """What a graph must have for it."""
    says: str
    """One sentence on what is wrong."""
    ignored_by: tuple[str, ...] = ()
    """Stacks whose importer doesn't read what is changed: in their candidates nothing is wrong.

    There the mistake is made in the reference's graph instead, and the candidate's stays whole.
    """


KINDS: dict[str, Kind] = {}


def kind(needs: str, *, ignored_by: tuple[str, ...] = ()) -> Callable[[Made], Made]:
    """Register a function as the kind of its name."""

    def register(places: Made) -> Made:
        says = str(places.__doc__).partition("\n")[0]
        KINDS[places.__name__] = Kind(places, needs, says, ignored_by)
        return places

    return register


def everywhere(name: str, says: str) -> None:
    """Register `<name>_everywhere`: the mistake of a kind in all its places at once."""
    single = KINDS[name]

    def places(net: Network) -> Iterator[Place]:
        found = list(single.places(net))

        def edit(graph: GraphDef) -> None:
            for _, one in found:
                one(graph)

        if len(found) > 1:
            yield f"all {len(found)}: {found[0][0]} … {found[-1][0]}", edit

    KINDS[f"{name}_everywhere"] = Kind(places, f"more than one place for {name}", says)
