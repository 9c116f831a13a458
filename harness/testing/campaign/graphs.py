"""Damaged GraphDefs and the files that hold them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.parse import parse
from harness.graphdef.tensors import DT_BOOL, DT_FLOAT
from harness.graphdef.wire import FunctionLibrary, GraphDef
from harness.testing.campaign.fault import MODEL
from harness.testing.tiny import F, I, float_graph, write_graph

Change = Callable[[GraphDef], None]
"""Changes a good decoder graph in place."""
Shape = tuple[int | None, ...]
FLOAT, BOOL, COMPLEX = DT_FLOAT, DT_BOOL, 8


def changed(change: Change) -> Callable[[Path], object]:
    """Makes the folder's model one that is changed."""

    def make(work: Path) -> None:
        graph = parse((work / MODEL).read_bytes())
        change(graph)
        (work / MODEL).write_bytes(graph.SerializeToString())

    return make


def float_model(shape: Shape, dtype: int) -> Callable[[Path], object]:
    """Makes the folder's model one whose placeholder has that shape and type."""
    return lambda work: write_graph(work / MODEL, float_graph(shape=shape, dtype=dtype))


def name_twice(graph: GraphDef) -> None:
    """Two nodes of one name."""
    graph.node.append(nodes_by_name(graph)["conv"])


def rename(old: str, new: str) -> Change:
    """Another name for a node, there and where it is read."""

    def change(graph: GraphDef) -> None:
        for node in graph.node:
            node.name = new if node.name == old else node.name
            node.input[:] = [new if name == old else name for name in node.input]

    return change


def reop(name: str, op: str) -> Change:
    """Another operation for a node."""

    def change(graph: GraphDef) -> None:
        nodes_by_name(graph)[name].op = op

    return change


def note(text: str) -> Change:
    """A text in the file that the fake programs look for."""

    def change(graph: GraphDef) -> None:
        graph.node[0].attr["_note"].s = text.encode()

    return change


def add_placeholder(name: str, shape: Sequence[int]) -> Change:
    """One more input."""

    def change(graph: GraphDef) -> None:
        add_node(graph, name, "Placeholder", [], dtype=F)
        for size in shape:
            graph.node[-1].attr["shape"].shape.dim.add(size=size)

    return change


def add_leaf(name: str) -> Change:
    """One more output of the same kind."""

    def change(graph: GraphDef) -> None:
        add_node(graph, name, "Softmax", ["logits"], T=F)

    return change


def end_in(op: str) -> Change:
    """An operation behind the scores whose result is integers."""

    def change(graph: GraphDef) -> None:
        if op == "Shape":
            add_node(graph, "end", op, ["softmax"], T=F, out_type=I)
        else:
            add_const(graph, "axis", np.int32(1))
            add_node(graph, "end", op, ["softmax", "axis"], T=F, Tidx=I, output_type=I)

    return change


def close_cycle(graph: GraphDef) -> None:
    """The scores feed a node above them, so that no node is a leaf."""
    nodes_by_name(graph)["logits"].input.append("softmax")


def inner_cycle(graph: GraphDef) -> None:
    """A loop of two nodes above the scores."""
    nodes_by_name(graph)["conv"].input.append("conv/Relu")


def cut_off(graph: GraphDef) -> None:
    """The first convolution reads a constant, and the image goes nowhere that counts."""
    add_const(graph, "grey", np.zeros((1, 8, 8, 3), np.float32))
    nodes_by_name(graph)["conv"].input[0] = "grey"
    nodes_by_name(graph)["softmax"].input.append("^ResizeBilinear")


def set_channels(count: int) -> Change:
    """Another number of channels for the decoder."""

    def change(graph: GraphDef) -> None:
        nodes_by_name(graph)["DecodeJpeg"].attr["channels"].i = count

    return change


def drop_inputs(name: str) -> Change:
    """A node that reads nothing."""

    def change(graph: GraphDef) -> None:
        del nodes_by_name(graph)[name].input[:]

    return change


def drop_node(name: str) -> Change:
    """A node that others read is missing."""

    def change(graph: GraphDef) -> None:
        kept = [node for node in graph.node if node.name != name]
        del graph.node[:]
        graph.node.extend(kept)

    return change


def nan_weights(graph: GraphDef) -> None:
    """Every weight of the last layer is NaN."""
    tensor = attr_of(nodes_by_name(graph)["dense/kernel"], "value").tensor
    tensor.tensor_content = np.full(80, np.nan, np.float32).tobytes()


def claim(name: str, shape: Sequence[int]) -> Change:
    """A constant that says it has another shape than its content."""

    def change(graph: GraphDef) -> None:
        tensor = nodes_by_name(graph)[name].attr["value"].tensor
        del tensor.tensor_shape.dim[:]
        for size in shape:
            tensor.tensor_shape.dim.add(size=size)

    return change


def shorten(name: str) -> Change:
    """A constant whose content ends in the middle of a number."""

    def change(graph: GraphDef) -> None:
        tensor = nodes_by_name(graph)[name].attr["value"].tensor
        tensor.tensor_content = tensor.tensor_content[:-3]

    return change


def retype(name: str, dtype: int) -> Change:
    """A constant of another type."""

    def change(graph: GraphDef) -> None:
        nodes_by_name(graph)[name].attr["dtype"].type = dtype
        nodes_by_name(graph)[name].attr["value"].tensor.dtype = dtype

    return change


def chain(length: int) -> Change:
    """Identities between the logits and the softmax."""

    def change(graph: GraphDef) -> None:
        last = "logits"
        for number in range(length):
            last = add_node(graph, f"i{number}", "Identity", [last], T=F)
        nodes_by_name(graph)["softmax"].input[0] = last

    return change


def recursive_function(graph: GraphDef) -> None:
    """A library function that calls itself, and a node that calls it."""
    library = FunctionLibrary()
    function = library.function.add()
    function.signature.name = "again"
    function.node_def.add(name="inner", op="again").input.append("x")
    graph.library.MergeFromString(library.SerializeToString())
    nodes_by_name(graph)["conv/Relu"].op = "again"


def on_device(name: str, device: str) -> Change:
    """A node that asks for a device."""

    def change(graph: GraphDef) -> None:
        nodes_by_name(graph)[name].device = device

    return change
