"""A small graph for tests: pixels → conv → norm → act, a branch, their sum, a reshape, scores."""

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef

FLOAT = ("type", DT_FLOAT)


def branched() -> GraphDef:
    """`x` → conv → norm → act; act and conv → sum → flat (a Reshape) → scores."""
    graph = GraphDef()
    add_node(graph, "x", "Placeholder", [], dtype=FLOAT)
    add_const(graph, "weights", np.ones((1, 1, 3, 3), np.float32))
    add_node(graph, "conv", "Conv2D", ["x", "weights"], T=FLOAT, padding=b"SAME")
    add_node(graph, "norm", "Mul", ["conv", "weights"], T=FLOAT)
    add_node(graph, "act", "Relu6", ["norm"], T=FLOAT)
    add_node(graph, "sum", "AddV2", ["act", "conv"], T=FLOAT)
    add_const(graph, "shape", np.array([1, -1], np.int32))
    add_node(graph, "flat", "Reshape", ["sum", "shape"], T=FLOAT)
    add_node(graph, "scores", "Softmax", ["flat"], T=FLOAT)
    return graph
