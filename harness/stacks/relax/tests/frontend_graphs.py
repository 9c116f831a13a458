"""What tests of the frontend's imports share: a small graph, its import, its error."""

import re
from typing import Any

import numpy as np
import pytest

from harness.errors import GraphError
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input
from harness.stacks.relax.tests.frontend_runs import F32, Net, reals
from harness.testing.tiny import decoder_graph

RNG = np.random.default_rng(0)

PIXELS = reals(RNG, (1, 8, 8, 3))


def imported(graph: Any, shape: Any = None, outputs: Any = None) -> Any:
    from harness.stacks.relax.frontend import from_tensorflow

    return from_tensorflow(graph, shape, outputs)


def named(module: Any) -> Any:
    """(binding, the node that its span names), in order."""
    return [
        (binding.var.name, binding.var.span.source_name.name)
        for block in module["main"].body.blocks
        for binding in block.bindings
    ]


def expect_error(graph: Any, message: Any, *arguments: Any, kind: Any = GraphError) -> Any:
    with pytest.raises(kind) as caught:
        imported(graph, *arguments)
    assert re.search(message, str(caught.value)), str(caught.value)
    assert isinstance(caught.value, GraphError)
    return caught.value


def tiny(nodes: Any = ()) -> Any:
    """A placeholder `x` of shape [1, 4] and what is added to it: (name, op, inputs)."""
    net = Net()
    net.feed(reals(RNG, (1, 4)), "x")
    for name, op, inputs in nodes:
        net.node(op, *inputs, name=name, T=F32)
    return net


def cut_decoder() -> Any:
    graph = decoder_graph()
    return cut(graph, find_input(graph), "softmax", (11, 13, 3))
