"""From a GraphDef to a Relax module: check everything, then convert node by node."""

from collections.abc import Mapping, Sequence

import tvm
from google.protobuf.message import Message

from harness.graphdef.functions import inlined
from harness.graphdef.traversal import ordered
from harness.stacks.relax.frontend import ops  # noqa: F401  fills the registry
from harness.stacks.relax.frontend.constants import constant_nodes
from harness.stacks.relax.frontend.conversion import Conversion
from harness.stacks.relax.frontend.placeholders import fed_nodes, given_shapes, parameter
from harness.stacks.relax.frontend.registry import CONVERTERS, check_ops
from harness.stacks.relax.frontend.switches import decide_switches
from harness.stacks.relax.frontend.walk import read, refuse_loops, wanted


def from_tensorflow(
    graph_def: Message | bytes | bytearray | memoryview,
    shape: Mapping[str, Sequence[int]] | None = None,
    outputs: Sequence[str] | None = None,
) -> tvm.IRModule:
    """A module whose function `main` computes the outputs of a frozen TensorFlow graph.

    `graph_def` is TensorFlow's GraphDef, the harness's own, or the bytes of one. `shape` gives the
    shapes of placeholders that the graph leaves open; naming a PlaceholderWithDefault in it makes
    that one a parameter, which else becomes its default. `outputs` are any tensors (`softmax`,
    `split:1`); left out, they are the tensors that no node reads.

    `main` has one parameter a placeholder that the outputs need; its attributes `tf_inputs` and
    `tf_outputs` list TensorFlow's names by position. It returns the tensor, or a tuple of several.
    Every node has a binding of its own name; intermediate steps are called `name/step`, further
    outputs `name:1`; the spans of all of them name the node. Nodes that return their input, such as
    Identity, have none. Weights are constants of the module, layouts are the graph's.

    Branches and loops must be decided by what is known while importing: the nodes of the branch
    that is taken become `if/node`, those of a loop's body `while/step/node`.

    Raises UnsupportedOpError, naming all nodes of all unknown operations, before anything is
    built; UnsupportedNodeError for a node used in an unknown way; GraphError for a graph that
    contradicts itself and for unknown names.
    """
    graph = inlined(read(graph_def))
    results = wanted(graph, outputs)
    given = given_shapes(graph, shape or {})
    refuse_loops(graph, results, CONVERTERS)
    decide_switches(graph, [name.node for name in results], given)
    order = ordered(graph, [name.node for name in results])
    fed = fed_nodes(order, given)
    constant = constant_nodes(order, fed)
    check_ops([n for n in order if n.name not in constant and n.name not in fed])
    version = graph.versions.producer
    inputs = {name: parameter(node, version, given.get(name)) for name, node in fed.items()}
    return Conversion(graph, results).run(order, inputs)
