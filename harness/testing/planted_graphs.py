"""Graphs with planted faults to locate: one fault in each, then three."""

from collections.abc import Iterator, Sequence

from harness.graphdef.build import copy_of
from harness.graphdef.model_file import ModelFile
from harness.graphdef.wire import GraphDef
from harness.proof.faults.planting import Fault, faults

TRIPLES = 6
"""Graphs with three faults at once."""


def graphs(
    file: ModelFile, kinds: Sequence[str], per_kind: int, *, only_triples: bool = False
) -> Iterator[tuple[str, str, GraphDef]]:
    """Kind, place and graph of all that is tried."""
    yield "whole", "", file.graph
    suite = faults(file.graph, file.output, kinds=tuple(kinds), per_kind=per_kind)
    for fault in () if only_triples else suite.faults:
        yield fault.kind, fault.where, fault.graph
    single = [fault for fault in suite.faults if not fault.where.startswith("all ")]
    step = max(1, len(single) // 3)
    for first in range(min(TRIPLES, step)):
        three = single[first::step][:3]
        if len({one.where for one in three}) == len(three):
            yield "+".join(f.kind for f in three), "+".join(f.where for f in three), _all(three)


def _all(three: Sequence[Fault]) -> GraphDef:
    graph = copy_of(three[0].whole)
    for fault in three:
        fault.edit(graph)
    return graph
