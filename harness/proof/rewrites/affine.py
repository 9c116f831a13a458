"""Products and sums with constants, associated otherwise."""

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.rewrites.rewriting import (
    Rewritten,
    depend_on_input,
    is_float,
    rewrite,
    rewritten,
)

SUMS = ("Add", "AddV2", "Sub")


@rewrite("two products with constants in a row")
def factors_multiplied(graph: GraphDef) -> GraphDef:
    """x·a·b is x·(a·b)."""
    fed = depend_on_input(graph)

    def change(node: NodeDef, new: Rewritten) -> bool:
        found = _with_constant(node, new) if node.op == "Mul" and node.name in fed else None
        inner = None if found is None else new.source(node, 1 - found[0])
        before = _with_constant(inner, new) if inner is not None and inner.op == "Mul" else None
        if found is None or inner is None or before is None or not new.read_once(inner.name):
            return False
        factor = new.const(f"{node.name}/factor", found[1] * before[1])
        new.add(node.name, "Mul", [inner.input[1 - before[0]], factor])
        return True

    return rewritten(graph, change)


@rewrite("a sum with a constant, and a product with another behind it")
def sum_distributed(graph: GraphDef) -> GraphDef:
    """(x + b)·a is x·a + a·b, and (x − b)·a likewise.

    Of what depends on the image alone: stored weights would all be moved by the rounding of a·b.
    """
    fed = depend_on_input(graph)

    def change(node: NodeDef, new: Rewritten) -> bool:
        found = _with_constant(node, new) if node.op == "Mul" and node.name in fed else None
        inner = None if found is None else new.source(node, 1 - found[0])
        before = _with_constant(inner, new) if inner is not None and inner.op in SUMS else None
        if found is None or inner is None or before is None or not new.read_once(inner.name):
            return False
        (_, factor), (index, offset) = found, before
        names = new.const(f"{node.name}/factor", factor), new.const(f"{node.name}/offset",
                                                                    factor * offset)  # fmt: skip
        scaled = new.add(new.free(f"{node.name}/scaled"), "Mul", [inner.input[1 - index], names[0]])
        ends = [scaled, names[1]]
        new.add(node.name, inner.op, ends if index == 1 else ends[::-1])
        return True

    return rewritten(graph, change)


def _with_constant(node: NodeDef, new: Rewritten) -> tuple[int, NDArray[np.float64]] | None:
    """(which input of a product or sum is the constant, its value); None unless one of them is."""
    if not is_float(node):
        return None
    parts = [new.constant(node, index) for index in range(len(node.input))]
    known = [(index, part) for index, part in enumerate(parts) if part is not None]
    return known[0] if len(known) == 1 else None
