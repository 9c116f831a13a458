"""The part of a GraphDef that a compiler is given: pixel tensor in, scores out."""

from harness.errors import GraphError
from harness.graphdef.access import attr_of
from harness.graphdef.endpoints import PLACEHOLDERS, ImageInput
from harness.graphdef.functions import inlined
from harness.graphdef.tensors import DTYPES
from harness.graphdef.traversal import ancestors
from harness.graphdef.wire import GraphDef, NodeDef

# Written by newer TensorFlow, unknown to the frontends: the gradients' flags of matrix products.
NEWER_ATTRS = ("grad_a", "grad_b", "grad_x", "grad_y")


def cut(graph: GraphDef, entry: ImageInput, output: str, shape: tuple[int, ...]) -> GraphDef:
    """What the compiler is given: pixels in, scores out, all names kept.

    The decoder (or the placeholder) becomes a placeholder of `shape` under its own name; what
    feeds it goes, as goes everything that the output does not need; calls of functions become the
    functions' nodes; control inputs go, since they order effects that a frozen graph has not;
    placeholders with a default become that default; attributes that only newer TensorFlow knows are
    dropped.
    """
    opened = _with_placeholder(inlined(graph), entry, shape)
    needed = ancestors(opened, output)
    if entry.pixels not in needed:
        raise GraphError(f"output '{output}' does not depend on input '{entry.pixels}'")
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)
    result.node.extend(_cleaned(node) for node in opened.node if node.name in needed)
    others = [n.name for n in result.node if n.op in PLACEHOLDERS and n.name != entry.pixels]
    if others:
        raise GraphError(f"the output also needs a value for placeholder {', '.join(others)}")
    return result


def _with_placeholder(graph: GraphDef, entry: ImageInput, shape: tuple[int, ...]) -> GraphDef:
    result = GraphDef()
    for node in graph.node:
        new = result.node.add()
        if node.name != entry.pixels:
            new.CopyFrom(node)
            del new.input[:]
            new.input.extend(i for i in node.input if not i.startswith("^"))
            continue
        new.name, new.op = node.name, "Placeholder"
        new.attr["dtype"].type = next(c for c, d in DTYPES.items() if d.name == entry.dtype)
        for size in shape:
            new.attr["shape"].shape.dim.add(size=size)
    return result


def _cleaned(node: NodeDef) -> NodeDef:
    for name in (*NEWER_ATTRS, "_class", "_output_shapes"):
        if name in node.attr:
            del node.attr[name]
    node.device = ""
    if node.op == "PlaceholderWithDefault":
        dtype = attr_of(node, "dtype").type
        node.attr.clear()
        node.op = "Identity"
        node.attr["T"].type = dtype
    return node
