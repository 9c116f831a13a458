"""A question with its tensor changed by one unit in the last place, value by value.

How far the reference is from the truth on one tensor is a single sample of its rounding error;
where one class outweighs all others, that sample alone would decide the row. Tensors that differ by
one unit in the last place show the same image but round differently at every operation, so each
of them is a further sample.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError
from harness.execution.reference import Question
from harness.graphdef.access import attr_of, data_entries, node_of
from harness.graphdef.tensors import DTYPES
from harness.graphdef.traversal import ancestors

TIMES = 4
"""How many perturbed tensors a question gets."""


def perturbed(question: Question) -> Iterator[Question]:
    """A question of form `tensor`, `TIMES` times with a perturbed tensor.

    Every value goes to the next float above or below, chosen by a generator whose seed is fixed;
    zeros stay. An integer tensor is exact: what is perturbed then is the float tensor that the
    graph casts it to. Raises GraphError where the graph does anything else with it. Each tensor is
    made when its turn comes: those of a large photo fill hundreds of megabytes.
    """
    node, value = _first_float_tensor(question)
    return (
        replace(question, node=node, value=_perturb(value, seed), repeats=0)
        for seed in range(TIMES)
    )


def _perturb(value: NDArray[Any], seed: int) -> NDArray[Any]:
    up = np.random.default_rng(seed).integers(0, 2, value.shape, dtype=np.uint8).astype(bool)
    towards = np.where(up, np.inf, -np.inf).astype(value.dtype)
    return np.where(value == 0, value, np.nextafter(value, towards))


def _first_float_tensor(question: Question) -> tuple[str, NDArray[Any]]:
    """The node that gives the graph's first float tensor (as `Question.node`), and its value."""
    if question.value.dtype.kind == "f":
        return question.node, question.value
    model = question.model
    needed, pixels = ancestors(model.graph, model.output), model.entry.pixels
    readers = [
        node
        for node in model.graph.node
        if node.name in needed and pixels in map(node_of, data_entries(node))
    ]
    wanted = DTYPES.get(attr_of(readers[0], "DstT").type) if len(readers) == 1 else None
    if wanted is None or wanted.kind != "f" or readers[0].op != "Cast":
        read = ", ".join(sorted({node.op for node in readers}))
        raise GraphError(
            f"the {question.value.dtype} tensor '{pixels}' is read by {read}; a single Cast to "
            "float would let the noise of perturbed inputs be measured"
        )
    return readers[0].name, question.value.astype(wanted)
