"""Truth: the same graph evaluated in float64.

What rounding does to the reference and to a candidate is measured against it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.errors import GraphError
from harness.graphdef.access import attr_of, data_entries, exact_inputs, node_of, tensor_of
from harness.graphdef.endpoints import DECODERS, FED, ImageInput
from harness.graphdef.float64.float32_only import FLOAT32_ONLY, Signature
from harness.graphdef.float64.nodes import Nodes
from harness.graphdef.float64.rewrites import REWRITES
from harness.graphdef.tensors import (
    DT_BOOL,
    DT_DOUBLE,
    DT_FLOAT,
    DT_HALF,
    DT_INT8,
    DT_INT16,
    DT_INT32,
    DT_INT64,
    DT_UINT8,
    DT_UINT16,
    widened,
)
from harness.graphdef.traversal import ancestors
from harness.graphdef.wire import GraphDef, NodeDef

_NARROW = {DT_HALF: "float16", 14: "bfloat16", 24: "float8", 25: "float8"}
_WHOLE = (DT_UINT8, DT_INT8, DT_UINT16, DT_INT16, DT_INT32, DT_INT64, DT_BOOL)
_SIZES = ("Shape", "ShapeN", "Size", "Rank")
# Move values without computing any: exact in whatever type.
_RESHAPING = ("Reshape", "Squeeze", "ExpandDims", "Transpose", "ConcatV2", "Pad", "StridedSlice")
_MOVING = (*_SIZES, *_RESHAPING, "Const", "Placeholder", "Identity", "Relu", "Relu6", "MaxPool")
# Type attributes that TensorFlow leaves unwritten where they are float32, of what has float64.
_UNWRITTEN = ("MaxPool", "MaxPoolV2", "LeakyRelu", "HSVToRGB", "RGBToHSV", "NextAfter")
_SHOWN = 3
"""Nodes of one operation that a sentence names."""


@dataclass(frozen=True)
class Float64Graph:
    """A graph's float64 form."""

    graph: GraphDef
    """GraphDef. A node that both graphs have gives the same values, float32's in float64."""
    output: str
    """The scores' tensor, float64, on the node that the original names."""
    kept: tuple[str, ...]
    """What could not be doubled, as 'op nodes: why', each pair of op and why once; empty means
    float64 all the way."""


def convert_to_float64(graph: GraphDef, entry: ImageInput, output: str) -> Float64Graph:
    """The graph that computes `output` in float64 from what the original is fed.

    Types DT_FLOAT become DT_DOUBLE and constants are widened, so the weights are the original's
    exactly. Placeholders and the pixel tensor `entry.pixels` keep name and type, and are widened
    behind. What TensorFlow computes in float32 alone (on a CPU, whatever its attributes say) is
    rewritten exactly where `float64_rewrites` knows how; else it stays float32 between two Casts
    and is named in `kept`. Sizes that the graph computes with floats (as those of a central crop)
    are computed in float32 again, because another rounding there means another crop; so are the
    coordinates of ResizeNearestNeighbor, whose choice of a pixel is no rounding.

    Raises GraphError where the output is missing, is fed itself, or a needed node is damaged.
    """
    needed = ancestors(graph, output)
    nodes = [node for node in graph.node if node.name in needed]
    conversion = _Conversion(Nodes(graph, needed, output), entry, nodes)
    if tensor_of(output) in conversion.widened:
        raise GraphError(f"output '{output}' is what the graph is fed; there is nothing to compute")
    for node in nodes:
        conversion.append(node)
    kept = tuple(_sentence(*of, names) for of, names in conversion.kept.items())
    return Float64Graph(conversion.nodes.graph, tensor_of(output), kept)


class _Conversion:
    """One graph on its way to float64, node by node."""

    def __init__(self, nodes: Nodes, entry: ImageInput, originals: list[NodeDef]) -> None:
        self.nodes = nodes
        self.kept: dict[tuple[str, str], list[str]] = defaultdict(list)
        """(operation, why it could not be doubled) → the nodes."""
        self.widened = {
            f"{node.name}:0": nodes.unused(f"{node.name}/float64")
            for node in originals
            if _is_fed_float(node, entry)
        }
        """Float32 tensor that can be fed → its widened form, which all its users take."""
        self._originals = {node.name: node for node in originals}
        self._from_image = _behind(originals, entry)

    def append(self, original: NodeDef) -> None:
        """Append the float64 form of one node."""
        node = NodeDef()
        node.CopyFrom(original)
        node.input[:] = [self.widened.get(tensor_of(name), name) for name in original.input]
        if f"{node.name}:0" in self.widened:
            self._widen_behind(node)
        elif node.op == "Const" and attr_of(node, "dtype").type == DT_FLOAT:
            self._widen_constant(node)
        elif node.op in REWRITES and REWRITES[node.op](self.nodes, node):
            pass
        elif node.op in FLOAT32_ONLY:
            self._keep(node, FLOAT32_ONLY[node.op])
        elif _is_size(node) and node.name not in self._from_image:
            self._keep_sizes(node)
        else:
            self._name_narrow(node)
            _double_types(self.nodes.copy(node, node.name))

    def _widen_behind(self, node: NodeDef) -> None:
        """A tensor that can be fed stays float32; what computes its value is rounded to it."""
        rounded = [
            self.nodes.cast(node, "rounded", tensor, DT_DOUBLE, DT_FLOAT)
            for tensor in data_entries(node)
        ]
        if any(not self._is_constant(tensor) for tensor in data_entries(node)):
            self._name(node, "it can be fed, so what computes it is rounded to float32")
        inner = self.nodes.copy(node, node.name)
        inner.input[:] = [*rounded, *(name for name in node.input if name.startswith("^"))]
        cast = self.nodes.graph.node.add(name=self.widened[f"{node.name}:0"], op="Cast")
        cast.input.append(node.name)
        cast.attr["SrcT"].type, cast.attr["DstT"].type = DT_FLOAT, DT_DOUBLE

    def _widen_constant(self, node: NodeDef) -> None:
        wide = self.nodes.graph.node.add(name=node.name, op="Const", input=node.input)
        wide.attr["dtype"].type = DT_DOUBLE
        wide.attr["value"].tensor.CopyFrom(widened(node.attr["value"].tensor))

    def _keep(self, node: NodeDef, signature: Signature) -> None:
        """The operation as it is, its float inputs rounded and its float outputs widened."""
        types, outputs = signature.inputs(node), signature.outputs(node)
        inputs = exact_inputs(node, len(types))
        self._name(node, signature.why)
        if DT_FLOAT not in (*types, *outputs):
            self.nodes.copy(node, node.name)
            return
        inner = self.nodes.copy(node, self.nodes.unused(f"{node.name}/float32"))
        inner.input[:] = [
            self.nodes.cast(node, f"rounded{i}", tensor, DT_DOUBLE, DT_FLOAT)
            if code == DT_FLOAT
            else tensor
            for i, (code, tensor) in enumerate(zip(types, inputs, strict=True))
        ] + [name for name in node.input if name.startswith("^")]
        self._end_kept(node, inner.name, outputs)

    def _end_kept(self, node: NodeDef, inner: str, outputs: list[int]) -> None:
        ports = [
            self.nodes.cast(node, f"widened{port}", f"{inner}:{port}", DT_FLOAT, DT_DOUBLE)
            if code == DT_FLOAT
            else f"{inner}:{port}"
            for port, code in enumerate(outputs)
        ]
        self.nodes.end(node, "IdentityN", ports)
        types = [DT_DOUBLE if code == DT_FLOAT else code for code in outputs]
        self.nodes.graph.node[-1].attr["T"].list.type.extend(types)

    def _keep_sizes(self, node: NodeDef) -> None:
        """A whole number computed from sizes and constants with floats: computed as it was."""
        names, todo = {}, [node_of(name) for name in data_entries(node)]
        while todo:
            name = todo.pop()
            found = self._originals[name]
            if name not in names and found.op not in _SIZES:
                names[name] = self.nodes.unused(f"{name}/float32")
                todo += [node_of(tensor) for tensor in data_entries(found)]
        for name in sorted(names):
            self.nodes.copy(self._originals[name], names[name], names)
        self.nodes.copy(node, node.name, names)

    def _is_constant(self, tensor: str) -> bool:
        found = self._originals.get(node_of(tensor))
        return found is not None and bool(found.op == "Const")

    def _name(self, node: NodeDef, why: str) -> None:
        self.kept[node.op, why].append(node.name)

    def _name_narrow(self, node: NodeDef) -> None:
        """Name what computes in, or rounds to, a type narrower than float32."""
        exact = node.op in _MOVING
        narrow = {attr_of(node, name).type for name in node.attr} & set(_NARROW)
        if node.op == "Cast":
            narrow &= {attr_of(node, "DstT").type}
            exact = attr_of(node, "SrcT").type not in (DT_FLOAT, DT_DOUBLE)
        if narrow and not exact:
            self._name(node, f"it computes in {', '.join(sorted(_NARROW[n] for n in narrow))}")


def _sentence(op: str, why: str, names: Sequence[str]) -> str:
    """Which nodes stay float32, and why.

    >>> _sentence("LRN", "it has no float64", ["a", "b", "c", "d"])
    'LRN a, b, c and 1 more: it has no float64'
    """
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{op} {', '.join(names[:_SHOWN])}{more}: {why}"


def _is_fed_float(node: NodeDef, entry: ImageInput) -> bool:
    if node.op in FED:
        return bool(attr_of(node, "dtype").type == DT_FLOAT)
    # A graph that was given a decoder ends it with an Identity, which is the pixel tensor.
    return bool(node.name == entry.pixels and attr_of(node, "T").type == DT_FLOAT)


def _behind(originals: list[NodeDef], entry: ImageInput) -> set[str]:
    """Names of the nodes whose values, not only whose sizes, depend on what is fed."""
    users: Mapping[str, list[NodeDef]] = defaultdict(list)
    for node in originals:
        for tensor in data_entries(node):
            users[node_of(tensor)].append(node)
    found = {n.name for n in originals if n.op in (*FED, *DECODERS) or n.name == entry.pixels}
    todo = list(found)
    while todo:
        for user in users[todo.pop()]:
            if user.name not in found and user.op not in _SIZES:
                found.add(user.name)
                todo.append(user.name)
    return found


def _is_size(node: NodeDef) -> bool:
    """Whether a node turns floats into whole numbers, as the last step of a size does."""
    whole = attr_of(node, "DstT").type in _WHOLE
    return bool(node.op == "Cast" and attr_of(node, "SrcT").type == DT_FLOAT and whole)


def _double_types(node: NodeDef) -> None:
    if node.op in _UNWRITTEN and "T" not in node.attr:
        node.attr["T"].type = DT_FLOAT
    for name in node.attr:
        attr = node.attr[name]
        if attr.type == DT_FLOAT:
            attr.type = DT_DOUBLE
        elif attr.WhichOneof("value") == "list":
            types = [DT_DOUBLE if code == DT_FLOAT else code for code in attr.list.type]
            attr.list.type[:] = types
