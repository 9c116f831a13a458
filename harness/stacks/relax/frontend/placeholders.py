"""The parameters of `main`: the placeholders that the outputs need, each with a static shape."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import GraphError, nearest
from harness.graphdef.access import tensor_name
from harness.graphdef.endpoints import FED, PLACEHOLDERS
from harness.graphdef.tensors import DT_STRING
from harness.graphdef.wire import GraphDef, NodeDef
from harness.stacks.relax.frontend.attributes import Attributes
from harness.stacks.relax.frontend.value import checked_shape

SCALARS_SINCE = 24
"""GraphDef version since which an empty placeholder shape means a scalar, and not "unknown"."""
Sizes = tuple[int | None, ...]


@dataclass(frozen=True)
class Parameter:
    """A parameter of `main`."""

    shape: tuple[int, ...]
    """Its sizes, all static."""
    dtype: str
    """numpy's name of its type, which is TVM's too."""


def fed_nodes(order: Sequence[NodeDef], given: Container[str]) -> dict[str, NodeDef]:
    """The placeholders that become parameters, by name, in topological order.

    A PlaceholderWithDefault is one only where a shape is given for it: otherwise its default
    is used, which for flags such as `keras_learning_phase` means inference.
    """
    return {
        node.name: node
        for node in order
        if node.op in PLACEHOLDERS or (node.op in FED and node.name in given)
    }


def parameter(node: NodeDef, producer: int, given: tuple[int, ...] | None) -> Parameter:
    """The parameter that a placeholder becomes; `producer` is the GraphDef's version."""
    dtype = _dtype(node)
    return Parameter(_static_shape(node.name, _declared_shape(node, producer), given), dtype)


def given_shapes(graph: GraphDef, shape: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Placeholder → the shape that the caller gives; GraphError where there is no such."""
    known = [node.name for node in graph.node if node.op in FED]
    try:
        sizes = {name: tuple(int(size) for size in given) for name, given in shape.items()}
    except (TypeError, ValueError) as error:
        raise GraphError(f"shape: expected whole numbers for each placeholder; {error}") from error
    given = {tensor_name(name).node: found for name, found in sizes.items()}
    for name in given:
        if name not in known:
            raise GraphError(f"shape: no placeholder '{name}' in the graph; {nearest(name, known)}")
    return given


def _declared_shape(node: NodeDef, producer: int) -> Sizes | None:
    """A placeholder's declared shape; None where not even its rank is known."""
    if "shape" not in node.attr or node.attr["shape"].shape.unknown_rank:
        return None
    dims = node.attr["shape"].shape.dim
    if not dims and producer < SCALARS_SINCE:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in dims)


def _static_shape(
    name: str, declared: Sizes | None, given: tuple[int, ...] | None
) -> tuple[int, ...]:
    """The given shape where it fits the declared one, else the declared one; raises GraphError."""
    if given is None:
        if declared is None or None in declared:
            text = "unknown" if declared is None else _shape_text(declared)
            raise GraphError(
                f"placeholder '{name}' has the shape {text}; give all of it, as in "
                f"shape={{'{name}': {_example_shape(declared)}}}"
            )
        return _checked(name, [size for size in declared if size is not None])
    fits = declared is None or (
        len(declared) == len(given)
        and all(size in (None, one) for size, one in zip(declared, given, strict=True))
    )
    if not fits or min(given, default=0) < 0:
        expected = "no negative size" if declared is None else _shape_text(declared)
        raise GraphError(f"placeholder '{name}' is given the shape {list(given)}; it is {expected}")
    return _checked(name, given)


def _checked(name: str, sizes: Sequence[int]) -> tuple[int, ...]:
    """The sizes; GraphError where they are too many elements."""
    try:
        return checked_shape(sizes)
    except ValueError as error:
        raise GraphError(f"placeholder '{name}': {error}") from error


def _shape_text(sizes: Sizes) -> str:
    return f"[{', '.join('?' if size is None else str(size) for size in sizes)}]"


def _example_shape(declared: Sizes | None) -> tuple[int, ...]:
    return (1, 224, 224, 3) if declared is None else tuple(size or 1 for size in declared)


def _dtype(node: NodeDef) -> str:
    attributes = Attributes(node)
    if "dtype" in node.attr and node.attr["dtype"].type == DT_STRING:
        raise attributes.unsupported(
            "dtype",
            "string",
            "numbers: cut the graph behind its decoder (harness.graphdef.cut.cut)",
        )
    return attributes.dtype("dtype")
