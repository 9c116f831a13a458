"""A part of a mistake: the same one, made as small as is asked."""

from harness.graphdef.access import attr_of
from harness.graphdef.build import copy_of
from harness.graphdef.tensors import DT_FLOAT, decode, encode
from harness.graphdef.wire import GraphDef, NodeDef


def is_gradable(whole: GraphDef, faulty: GraphDef) -> bool:
    """Whether the mistake is one of float32 numbers alone, so that a part of it can be made."""
    if [node.name for node in whole.node] != [node.name for node in faulty.node]:
        return False
    pairs = zip(whole.node, faulty.node, strict=True)
    return all(one == other or _numbers_alone(one, other) for one, other in pairs)


def part_of(whole: GraphDef, faulty: GraphDef, amount: float) -> GraphDef:
    """The graph with its numbers at `whole + amount·(faulty − whole)`, each rounded to float32.

    `is_gradable` must hold; an amount of 1 gives the faulty graph, zeros' signs apart.
    """
    result = copy_of(faulty)
    for one, other in zip(whole.node, result.node, strict=True):
        if one == other:
            continue
        if one.op == "Const":
            old, new = (decode(attr_of(node, "value").tensor) for node in (one, other))
            mixed = old + amount * (new.astype(float) - old)
            other.attr["value"].tensor.CopyFrom(encode(mixed.astype(old.dtype)))
            continue
        for name in _changed(one, other):
            old_number, new_number = attr_of(one, name).f, attr_of(other, name).f
            other.attr[name].f = old_number + amount * (new_number - old_number)
    return result


def _numbers_alone(one: NodeDef, other: NodeDef) -> bool:
    """Whether two nodes of one name differ in a float32 constant, or in numbers of attributes."""
    if (one.op, list(one.input)) != (other.op, list(other.input)):
        return False
    if one.op == "Const":
        tensors = [attr_of(node, "value").tensor for node in (one, other)]
        shapes = {str(tensor.tensor_shape) for tensor in tensors}
        return len(shapes) == 1 and all(tensor.dtype == DT_FLOAT for tensor in tensors)
    return all(
        node.attr[name].WhichOneof("value") == "f"
        for name in _changed(one, other)
        for node in (one, other)
        if name in node.attr
    )


def _changed(one: NodeDef, other: NodeDef) -> list[str]:
    """Names of the attributes that differ."""
    names = sorted({*one.attr, *other.attr})
    return [name for name in names if attr_of(one, name) != attr_of(other, name)]
