"""Matrix products and biases."""

from typing import Any

from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import LAYOUTS

MATRIX = 2


@converts("MatMul", inputs=2)
def _matmul(node: Node) -> Any:
    node.require_rank(MATRIX, 0)
    node.require_rank(MATRIX, 1)
    return _product(node, "transpose_a", "transpose_b")


@converts("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", inputs=2)
def _batch_matmul(node: Node) -> Any:
    """Of the last two axes; the others broadcast."""
    if min(node.rank(0), node.rank(1)) < MATRIX:
        raise node.unsupported("an input has fewer than 2 dimensions")
    return _product(node, "adj_x", "adj_y")


def _product(node: Node, first: str, second: str) -> Any:
    return relax.op.matmul(_transposed(node, 0, first), _transposed(node, 1, second))


def _transposed(node: Node, index: int, key: str) -> Any:
    """An input, its last two axes swapped where the attribute says so; weights at once."""
    if not node.attributes.flag(key):
        return node.tensor(index)
    weights = node.known(index)
    if weights is not None:
        return constant(weights.swapaxes(-1, -2))
    rank = node.rank(index)
    order = [*range(rank - 2), rank - 1, rank - 2]
    return node.bind(key, relax.op.permute_dims(node.tensor(index), order))


@converts("Einsum", inputs=(1, 2))
def _einsum(node: Node) -> Any:
    """Letters only: TVM has no ellipsis and no trace, and an unknown letter ends its process."""
    equation = node.attributes.word("equation")
    left, arrow, result = equation.partition("->")
    terms = left.split(",")
    letters = "".join([*terms, result])
    sizes: dict[str, int] = {}
    valid = bool(arrow) and letters.isalpha() and len(terms) == len(node)
    for index, term in enumerate(terms if valid else []):
        valid = valid and len(set(term)) == len(term) == node.rank(index)
        pairs = zip(term, node.shape(index), strict=False)
        valid = valid and all(sizes.setdefault(letter, size) == size for letter, size in pairs)
    if not valid or not set(result) <= set(sizes) or len(set(result)) != len(result):
        expected = "letters, each once a term and of one size, and ->"
        raise node.attributes.unsupported("equation", repr(equation), expected)
    return relax.op.einsum(tuple(node.tensors()), equation)


@converts("BiasAdd", "BiasAddV1", inputs=2)
def _bias_add(node: Node) -> Any:
    """Adds one number per channel: along the last axis, or the second in NCHW."""
    node.require_rank(1, 1)
    bias = node.tensor(1)
    if node.attributes.text("data_format", "NHWC", LAYOUTS) == "NCHW":
        shape = [*node.shape(1), *[1] * (node.rank() - 2)]
        known = node.known(1)
        spread = relax.op.reshape(bias, shape)
        bias = constant(known.reshape(shape)) if known is not None else node.bind("bias", spread)
    return relax.op.add(node.tensor(0), bias)
