"""A question asked again with its tensor one unit in the last place away.

How far the reference is from the truth on one tensor is a single draw of chance: where one class
outweighs all others, its luck is the row's. Neighbouring tensors mean the same picture to anybody
and round differently at every step, so they are further draws.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError
from harness.execution.reference import Question
from harness.graphdef.access import attr_of, node_of
from harness.graphdef.model_file import ModelFile
from harness.graphdef.tensors import DTYPES
from harness.graphdef.traversal import ancestors

TIMES = 4


def nudged(model: ModelFile, asked: Question) -> Iterator[Question]:
    """`asked`, which feeds the model's pixel tensor, `TIMES` times with other neighbours of it.

    Every value goes to the next float above or below, by chance that is the same for every call;
    zeros stay. An integer tensor is exact: what is moved then is the float tensor that the graph
    casts it to. Raises GraphError where the graph does anything else with it. Each tensor is made
    when its turn comes: those of a large photo fill hundreds of megabytes.
    """
    feed, value = _as_floats(model, asked)
    return (
        replace(asked, feed=feed, value=_neighbour(value, number), repeats=0)
        for number in range(TIMES)
    )


def _neighbour(value: NDArray[Any], seed: int) -> NDArray[Any]:
    up = np.random.default_rng(seed).integers(0, 2, value.shape, dtype=np.uint8).astype(bool)
    towards = np.where(up, np.inf, -np.inf).astype(value.dtype)
    return np.where(value == 0, value, np.nextafter(value, towards))


def _as_floats(model: ModelFile, asked: Question) -> tuple[str, NDArray[Any]]:
    """The first float tensor of the graph, by the node that gives it, and its value."""
    if asked.value.dtype.kind == "f":
        return asked.feed, asked.value
    needed, pixels = ancestors(model.graph, model.output), model.entry.pixels
    readers = [
        node
        for node in model.graph.node
        if node.name in needed and pixels in map(node_of, node.input)
    ]
    wanted = DTYPES.get(attr_of(readers[0], "DstT").type) if len(readers) == 1 else None
    if wanted is None or wanted.kind != "f" or readers[0].op != "Cast":
        read = ", ".join(sorted({node.op for node in readers}))
        raise GraphError(
            f"the {asked.value.dtype} tensor '{pixels}' is read by {read}; a single Cast to float "
            "would let its rounding be measured on neighbouring tensors too"
        )
    return readers[0].name, asked.value.astype(wanted)
