"""GraphDefs: small networks, and changes of their nodes, inputs, attributes and functions."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import DECODERS, FED
from harness.graphdef.float64.float32_only import FLOAT32_ONLY
from harness.graphdef.float64.rewrites import REWRITES
from harness.graphdef.functions import CALLS
from harness.graphdef.wire import AttrValue, FunctionLibrary, GraphDef, NodeDef, TensorProto
from harness.testing.fuzz.shapes.damage import NUMBERS, TEXTS, sometimes_damaged
from harness.testing.tiny import F, decoder_graph, float_graph

OPS = (
    *FLOAT32_ONLY, *[op for op in REWRITES for _ in range(8)], *DECODERS, *FED, *CALLS, "Cast",
    "Const", "Identity", "Concat", "CheckNumerics", "VariableV2", "Shape", "Softmax", "Split",
)  # fmt: skip
ATTRS = (
    "T", "U", "dtype", "value", "shape", "DstT", "SrcT", "data_format", "is_training", "epsilon",
    "strides", "ksize", "dilations", "explicit_paddings", "depth_radius", "channels", "dct_method",
    "N", "Tin", "Tout", "f", "num_split", "_class", "scale_after_normalization", "axis",
)  # fmt: skip


def model(random: Random) -> bytes:
    """The bytes of a GraphDef that was changed in a few places."""
    graph = GraphDef()
    graph.ParseFromString(random.choice(_plain()))
    for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
        if graph.node:
            random.choice(_CHANGES)(random, graph)
    return sometimes_damaged(random, graph.SerializeToString(deterministic=True), 0.1)


@lru_cache(maxsize=1)
def _plain() -> Sequence[bytes]:
    graphs = (
        decoder_graph(3), float_graph(3), float_graph(3, shape=(8, 8, 3)), _normalised("NCHW"),
        _normalised("NHWC"), _oldest(), _calls(), _sizes(),
    )  # fmt: skip
    return [graph.SerializeToString(deterministic=True) for graph in graphs]


def _start(*shape: int) -> GraphDef:
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in shape:
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    return graph


def _normalised(layout: str) -> GraphDef:
    """Convolution, batch norm, pooling and LRN in one layout."""
    graph = _start(1, 3, 8, 8) if layout == "NCHW" else _start(1, 8, 8, 3)
    add_const(graph, "kernel", np.ones((1, 1, 3, 3), np.float32))
    four: Any = [1, 1, 1, 1]
    add_node(graph, "conv", "Conv2D", ["input", "kernel"], T=F, strides=four, data_format=layout)
    vectors = [add_const(graph, name, np.ones(3, np.float32)) for name in "abcd"]
    add_node(
        graph, "norm", "FusedBatchNormV3", ["conv", *vectors],
        T=F, U=F, is_training=False, data_format=layout, epsilon=0.1,
    )  # fmt: skip
    add_node(graph, "pool", "MaxPool", ["norm"], T=F, ksize=four, strides=four, data_format=layout)
    add_node(graph, "lrn", "LRN", ["pool"], T=F, depth_radius=2)
    add_node(graph, "softmax", "Softmax", ["lrn"], T=F)
    return graph


def _oldest() -> GraphDef:
    """Operations that `modern` rewrites."""
    graph = _start(1, 8, 8, 3)
    vectors = [add_const(graph, name, np.ones(3, np.float32)) for name in "mvbg"]
    add_node(graph, "checked", "CheckNumerics", ["input"], T=F)
    add_node(graph, "norm", "BatchNormWithGlobalNormalization", ["checked", *vectors], T=F)
    add_const(graph, "axis", np.int32(3))
    add_node(graph, "concat", "Concat", ["axis", "norm", "checked"], T=F, N=2)
    add_node(graph, "softmax", "Softmax", ["concat"], T=F)
    return graph


def _calls() -> GraphDef:
    """Two functions, one of which calls the other."""
    library = FunctionLibrary()
    for name, inner in (("inner", "Relu"), ("outer", "PartitionedCall")):
        function = library.function.add()
        function.signature.name = name
        function.signature.input_arg.add(name="x")
        function.signature.output_arg.add(name="y")
        node = function.node_def.add(name="n", op=inner, input=["x"])
        node.attr["f"].func.name = "inner"
        function.ret["y"] = "n:y:0"
    graph = _start(1, 8, 8, 3)
    add_node(graph, "call", "StatefulPartitionedCall", ["input"])
    graph.node[-1].attr["f"].func.name = "outer"
    add_node(graph, "softmax", "Softmax", ["call"], T=F)
    graph.library.ParseFromString(library.SerializeToString())
    return graph


def _sizes() -> GraphDef:
    """A size that is computed with floats, and a constant of one value that fills a shape."""
    graph = _start(1, 8, 8, 3)
    node = graph.node.add(name="filled", op="Const")
    node.attr["dtype"].type = 1
    tensor = TensorProto(dtype=1, float_val=[0.5])
    tensor.tensor_shape.dim.add(size=3)
    node.attr["value"].tensor.CopyFrom(tensor)
    add_node(graph, "shape", "Shape", ["input"], T=F)
    add_node(graph, "wide", "Cast", ["shape"], SrcT=("type", 3), DstT=F)
    add_node(graph, "half", "Mul", ["wide", "filled"], T=F)
    add_node(graph, "whole", "Cast", ["half"], SrcT=F, DstT=("type", 3))
    add_node(graph, "resized", "ResizeBilinear", ["input", "whole"], T=F)
    add_node(graph, "softmax", "Softmax", ["resized"], T=F)
    return graph


def _name(random: Random, graph: GraphDef) -> str:
    """An input entry: mostly a node's name, at times with a port, a control mark or a fault."""
    name = str(random.choice(graph.node).name)
    forms = (name, name, name, f"^{name}", f"{name}:1", f"{name}:x", f":{name}", f"{name}:0:0")
    return random.choice((*forms, random.choice(TEXTS)))


def _rewire(random: Random, graph: GraphDef) -> None:
    node = random.choice(graph.node)
    if node.input and random.random() < 0.6:
        node.input[random.randrange(len(node.input))] = _name(random, graph)
    elif node.input and random.random() < 0.5:
        del node.input[random.randrange(len(node.input))]
    else:
        node.input.extend([_name(random, graph)] * random.choice((1, 1, 2, 50)))


def _drop(random: Random, graph: GraphDef) -> None:
    del graph.node[random.randrange(len(graph.node))]


def _again(random: Random, graph: GraphDef) -> None:
    """Copies of a node under other names, each reading the one before, as in a long chain."""
    origin = random.choice(graph.node)
    for number in range(random.choice((1, 2, 300))):
        node = graph.node.add()
        node.CopyFrom(origin)
        node.name = f"{origin.name}_{number}"
        if node.input and random.random() < 0.8:
            node.input[0] = graph.node[-2].name


def _rename(random: Random, graph: GraphDef) -> None:
    old, new = random.choice(graph.node).name, random.choice(TEXTS)
    for node in graph.node:
        node.name = new if node.name == old else node.name
        node.input[:] = [new if entry == old else entry for entry in node.input]


def _other_op(random: Random, graph: GraphDef) -> None:
    random.choice(graph.node).op = random.choice(OPS)


def _set_attr(random: Random, graph: GraphDef) -> None:
    node: NodeDef = random.choice(graph.node)
    name = random.choice((*node.attr, *ATTRS)) if node.attr else random.choice(ATTRS)
    attr: AttrValue = node.attr[name]
    random.choice(_VALUES)(random, attr)


def _drop_attr(random: Random, graph: GraphDef) -> None:
    node = random.choice(graph.node)
    if node.attr:
        del node.attr[random.choice(sorted(node.attr))]


def _whole(random: Random) -> int:
    return random.choice((-(1 << 63), -1, *NUMBERS, (1 << 63) - 1))


def _set_tensor(random: Random, attr: AttrValue) -> None:
    tensor = attr.tensor
    tensor.dtype = random.choice((0, 1, 1, 2, 3, 4, 7, 9, 10, 14, 19, 99))
    if random.random() < 0.5:
        tensor.tensor_content = bytes(random.choice((0, 1, 4, 12, 24)))
    else:
        tensor.float_val[:] = [random.choice((0.0, 1.0, float("nan")))] * random.choice((0, 1, 3))
        tensor.int_val[:] = [random.choice((-1, 300, 1 << 30))] * random.choice((0, 1))
    _set_shape(random, tensor.tensor_shape)


def _set_shape(random: Random, shape: Any) -> None:
    shape.unknown_rank = random.random() < 0.1
    del shape.dim[:]
    for _ in range(random.choice((0, 1, 2, 3, 4, 4, 5, 40))):
        shape.dim.add(size=random.choice((_whole(random), -1, 1, 3, 8, 4)))


_VALUES: Sequence[Callable[[Random, Any], None]] = (
    lambda random, attr: setattr(attr, "type", random.choice((0, 1, 2, 3, 4, 7, 9, 10, 14, 20))),
    lambda random, attr: setattr(attr, "i", _whole(random)),
    lambda random, attr: setattr(attr, "f", random.choice((0.0, -1.0, float("nan"), 1e38))),
    lambda random, attr: setattr(attr, "b", random.random() < 0.5),
    lambda random, attr: setattr(attr, "s", random.choice((b"NCHW", b"NCDHW", b"NC", b"\xff"))),
    lambda random, attr: attr.list.i.extend([_whole(random)] * random.choice((0, 1, 4, 8))),
    lambda random, attr: attr.list.type.extend([1] * random.choice((0, 1, 3))),
    lambda random, attr: setattr(attr.func, "name", random.choice(("inner", "outer", "absent"))),
    lambda random, attr: _set_shape(random, attr.shape),
    _set_tensor,
)


def _change_library(random: Random, graph: GraphDef) -> None:
    """Change the functions: what they hold, give back and call."""
    library = FunctionLibrary.FromString(graph.library.SerializeToString())
    if not library.function:
        _set_attr(random, graph)
        return
    function = random.choice(library.function)
    inside = GraphDef(node=function.node_def)
    if inside.node:
        random.choice(_CHANGES[:-1])(random, inside)
    del function.node_def[:]
    function.node_def.extend(inside.node)
    if random.random() < 0.3:
        function.ret["y"] = random.choice(("x", "n:y:0", "n:y:x", "n", "", "^n", "n:y:1"))
    graph.library.ParseFromString(library.SerializeToString())


_CHANGES: tuple[Callable[[Random, Any], None], ...] = (
    _rewire, _rewire, _drop, _again, _rename, _other_op, _other_op, _set_attr, _set_attr,
    _set_attr, _drop_attr, _change_library,
)  # fmt: skip
