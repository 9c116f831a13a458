"""How many classes a graph scores, where its constants tell."""

from collections.abc import Mapping

from harness.graphdef.access import attr_of, data_inputs, nodes_by_name, tensor_name
from harness.graphdef.model_file import ModelFile
from harness.graphdef.tensors import DT_INT32, DT_INT64, decode
from harness.graphdef.wire import GraphDef, NodeDef

MAX_STEPS = 100
_KEEP_LAST_SIDE = frozenset({"Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast"})
_ADD_A_VECTOR = frozenset({"BiasAdd", "Add", "AddV2"})
Nodes = Mapping[str, NodeDef]


def classes_of(model: ModelFile) -> int | None:
    """Length of a model's score vector; None where the file does not say."""
    return class_count(model.graph, model.output) if model.graph.node else model.classes


def class_count(graph: GraphDef, output: str) -> int | None:
    """Length of the score tensor `output`, `node:port`; None where the last layer does not say.

    Known of a last layer with constant weights or a constant shape, behind any chain of ops that
    keep the last side.
    """
    nodes = nodes_by_name(graph)
    node = nodes.get(tensor_name(output).node)
    for _ in range(MAX_STEPS):
        if node is None:
            return None
        if (found := _last_side(nodes, node)) is not None:
            return found
        node = _with_same_last_side(nodes, node)
    return None


def _last_side(nodes: Nodes, node: NodeDef) -> int | None:
    """Length of the last side of a node's output, where its own constants give it."""
    constants = [_constant(nodes, name.node) for name in data_inputs(node)]
    if node.op in _ADD_A_VECTOR:
        vectors = [_shape(one) for one in constants if one is not None]
        return next((shape[0] for shape in vectors if len(shape) == 1), None)
    weights = constants[1] if len(constants) > 1 else None
    if weights is None:
        return None
    if node.op == "MatMul":
        shape = _shape(weights)
        return shape[0 if attr_of(node, "transpose_b").b else 1] if len(shape) > 1 else None
    tensor = attr_of(weights, "value").tensor
    if node.op == "Reshape" and tensor.dtype in (DT_INT32, DT_INT64):
        sides = decode(tensor).reshape(-1)
        return int(sides[-1]) if sides.size and sides[-1] > 0 else None
    return None


def _with_same_last_side(nodes: Nodes, node: NodeDef) -> NodeDef | None:
    """The node whose output has a last side as long as this one's; None where none is known."""
    inputs = data_inputs(node)
    if node.op in _KEEP_LAST_SIDE and inputs:
        return nodes.get(inputs[0].node)
    if node.op == "Squeeze" and inputs:
        sides = attr_of(node, "squeeze_dims").list.i
        return nodes.get(inputs[0].node) if sides and set(sides) <= {0, 1, 2} else None
    if node.op == "Reshape" and len(inputs) > 1:  # back to the shape of another tensor
        shape = nodes.get(inputs[1].node)
        if shape is not None and shape.op == "Shape" and (read := data_inputs(shape)):
            return nodes.get(read[0].node)
    return None


def _constant(nodes: Nodes, name: str) -> NodeDef | None:
    """The Const behind a node, through the Identity that freezing leaves before it."""
    node = nodes.get(name)
    for _ in range(MAX_STEPS):
        if node is None or node.op != "Identity":
            break
        node = nodes.get(data_inputs(node)[0].node) if data_inputs(node) else None
    return node if node is not None and node.op == "Const" else None


def _shape(constant: NodeDef) -> tuple[int, ...]:
    return tuple(dim.size for dim in attr_of(constant, "value").tensor.tensor_shape.dim)
