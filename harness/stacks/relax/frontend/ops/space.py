"""Rearrangements between space, depth and batch: reshape, transpose, reshape."""

import math
from collections.abc import Sequence
from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import layout_of


def _rearranged(
    node: Node, tensor: Any, steps: tuple[Sequence[int], Sequence[int], Sequence[int]]
) -> Any:
    """Reshape to the first, permute by the second, reshape to the third."""
    split_shape, order, result_shape = steps
    split = node.bind("split", relax.op.reshape(tensor, list(split_shape)))
    transposed = node.bind("transposed", relax.op.permute_dims(split, list(order)))
    return relax.op.reshape(transposed, list(result_shape))


@converts("SpaceToDepth")
def _space_to_depth(node: Node) -> Any:
    """A block's pixels become channels, in the order (pixel, channel)."""
    b = _block(node)
    if layout_of(node).name == "NHWC":
        n, h, w, c = node.shape()
        _require_divisible(node, not (h % b or w % b))
        steps = ((n, h // b, b, w // b, b, c), (0, 1, 3, 2, 4, 5), (n, h // b, w // b, b * b * c))
    else:
        n, c, h, w = node.shape()
        _require_divisible(node, not (h % b or w % b))
        steps = ((n, c, h // b, b, w // b, b), (0, 3, 5, 1, 2, 4), (n, b * b * c, h // b, w // b))
    return _rearranged(node, node.tensor(0), steps)


@converts("DepthToSpace")
def _depth_to_space(node: Node) -> Any:
    """The inverse of SpaceToDepth."""
    b = _block(node)
    if layout_of(node).name == "NHWC":
        n, h, w, c = node.shape()
        _require_divisible(node, not c % (b * b))
        c //= b * b
        steps = ((n, h, w, b, b, c), (0, 1, 3, 2, 4, 5), (n, h * b, w * b, c))
    else:
        n, c, h, w = node.shape()
        _require_divisible(node, not c % (b * b))
        c //= b * b
        steps = ((n, b, b, c, h, w), (0, 3, 4, 1, 5, 2), (n, c, h * b, w * b))
    return _rearranged(node, node.tensor(0), steps)


def _block(node: Node) -> int:
    block = node.attributes.integer("block_size")
    if block < 1:
        raise node.attributes.unsupported("block_size", block, "at least 1")
    return block


def _require_divisible(node: Node, divides: bool) -> None:
    if not divides:
        raise node.unsupported(f"its block does not divide the shape {list(node.shape())}")


@converts("SpaceToBatchND", inputs=3)
def _space_to_batch(node: Node) -> Any:
    """Pads, then moves each pixel of a block into a batch entry of its own: (pixel, batch)."""
    blocks, pads = node.integers(1), node.integers(2)
    rank, inner = node.rank(), len(blocks)
    _check_blocks(node, blocks, pads)
    amounts = [0, 0, *pads, *[0] * (2 * (rank - inner - 1))]
    data = node.tensor(0)
    if any(pads):
        data = node.bind("padded", relax.op.nn.pad(data, amounts))
    batch, *sizes = node.shape_of(data)
    space, rest = sizes[:inner], sizes[inner:]
    _require_divisible(
        node, not any(size % block for size, block in zip(space, blocks, strict=True))
    )
    outer = [size // block for size, block in zip(space, blocks, strict=True)]
    apart = [n for pair in zip(outer, blocks, strict=True) for n in pair]
    order = [2 * i + 2 for i in range(inner)], [2 * i + 1 for i in range(inner)]
    tail = range(1 + 2 * inner, 1 + 2 * inner + len(rest))
    together = (batch * math.prod(blocks), *outer, *rest)
    return _rearranged(
        node, data, ((batch, *apart, *rest), (*order[0], 0, *order[1], *tail), together)
    )


@converts("BatchToSpaceND", inputs=3)
def _batch_to_space(node: Node) -> Any:
    """The inverse of SpaceToBatchND, then cropped."""
    blocks, crops = node.integers(1), node.integers(2)
    inner = len(blocks)
    _check_blocks(node, blocks, crops)
    batch, *sizes = node.shape()
    space, rest = sizes[:inner], sizes[inner:]
    _require_divisible(node, not batch % math.prod(blocks))
    batch //= math.prod(blocks)
    order = [axis for i in range(inner) for axis in (inner + 1 + i, i)]
    tail = range(1 + 2 * inner, 1 + 2 * inner + len(rest))
    grown = [size * block for size, block in zip(space, blocks, strict=True)]
    steps = (
        (*blocks, batch, *space, *rest),
        (inner, *order, *tail),
        (batch, *grown, *rest),
    )
    whole = _rearranged(node, node.tensor(0), steps)
    if not any(crops):
        return whole
    ends = [size - after for size, after in zip(grown, crops[1::2], strict=True)]
    axes = list(range(1, 1 + inner))
    return relax.op.strided_slice(node.bind("whole", whole), axes, crops[::2], ends)


def _check_blocks(node: Node, blocks: list[int], pads: list[int]) -> None:
    fits = len(pads) == 2 * len(blocks) and len(blocks) < node.rank()
    if not fits or min(blocks, default=0) < 1 or min(pads) < 0:
        raise node.unsupported(f"blocks {blocks} and pairs {pads} of {list(node.shape())}")
