"""The schedule of convolutions and dense layers: a tile of the result stays in registers.

For each vector of output channels and each tile of a row, all weights pass once; a weight vector
is loaded once and multiplied with every pixel of the tile. Bias, norm, activation and residual are
added to the finished tile while it is in registers.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

from harness.stacks.relax.packed.blocks import (
    all_blocks,
    axes,
    has_let,
    is_elementwise_over,
    name,
    written_inside,
)
from harness.stacks.relax.packed.generic import schedule_blocks
from harness.stacks.relax.packed.kernels import DEPTHWISE, PADDED, PIXEL_STEP
from harness.stacks.relax.packed.lanes import Vectors
from harness.stacks.relax.packed.tiles import held, tile

_MAX_UNROLLED = 16
_IMAGE_RANK, _PACKED_RANK = 4, 5


def schedule_kernel(schedule: Any, place: int, vectors: Vectors) -> None:
    """Schedule a kernel around its one convolution or dense layer, the block at that place."""
    blocks = all_blocks(schedule)
    anchor, following = blocks[place], blocks[place + 1 :]
    _schedule_input(schedule, blocks[:place])
    last = _epilogue(schedule, anchor, following)
    _schedule_tiles(schedule, anchor, last, vectors)
    schedule_blocks(schedule, following, vectors)


def _schedule_input(schedule: Any, blocks: Sequence[Any]) -> None:
    for block in blocks:
        if name(schedule, block) == PADDED:
            schedule.parallel(schedule.fuse(*schedule.get_loops(block)[:-2]))
        else:
            schedule.compute_inline(block)


def _epilogue(schedule: Any, anchor: Any, following: list[Any]) -> Any:
    """The block that finishes a tile: all elementwise blocks that follow, taken together.

    They are removed from `following`. Without any, it is a copy, so that the sums themselves are
    always a buffer of the kernel's own, small enough for registers.
    """
    shape, chain = axes(schedule, anchor).spatial, []
    lets = 0
    while following and is_elementwise_over(schedule, following[0], shape):
        lets += has_let(schedule, following[0])
        if lets > 1:
            break
        chain.append(following.pop(0))
        if not written_inside(schedule, chain[-1]):
            break
    if not chain:
        return schedule.cache_write(anchor, 0, "global")
    for block in chain[:-1]:
        schedule.compute_inline(block)
    return chain[-1]


def _rows_first(schedule: Any, anchor: Any) -> bool:
    """Whether to take all channels of a row before the next row, or all rows of a vector first.

    The first reads the weights once a row, the second the image once a vector of channels.
    """
    shapes = [[int(n) for n in r.source.ty.shape] for r in schedule.get(anchor).reads]
    weights = next((shape for shape in shapes if len(shape) == _PACKED_RANK), None)
    image = next((shape for shape in shapes if len(shape) == _IMAGE_RANK), None)
    if weights is None or image is None:
        return False
    rows = axes(schedule, anchor).spatial[1]
    return prod(weights) * rows < prod(image) * weights[0]


def _schedule_tiles(schedule: Any, anchor: Any, last: Any, vectors: Vectors) -> None:
    found, loops = axes(schedule, anchor), list(schedule.get_loops(anchor))
    *outer, row, channels = loops[: len(found.spatial)]
    over = loops[len(found.spatial) :]
    *_, length, count = found.spatial
    width = next(width for width in vectors.widths if count % width == 0)
    step = schedule.get(anchor).annotations.get(PIXEL_STEP)
    pixels = tile(length, vectors.tile if step is None else held(int(step), vectors.tile))
    many, lanes = schedule.split(channels, [None, width])
    tiles, pixel = schedule.split(row, [None, pixels])
    if name(schedule, anchor) == DEPTHWISE:
        schedule.reorder(*outer, many, tiles, *over, pixel, lanes)
        schedule.parallel(schedule.fuse(*outer))
    else:
        around = [*outer, many] if _rows_first(schedule, anchor) else [*outer[:1], many, *outer[1:]]
        schedule.reorder(*around, tiles, *over, pixel, lanes)
        schedule.parallel(schedule.fuse(*around))
    if length % pixels:
        schedule.unroll(tiles)  # then it is known which pixels of the last tile there are
    schedule.reverse_compute_at(last, tiles, preserve_unit_loops=True)
    *_, its_pixel, its_lanes = schedule.get_loops(last)
    schedule.vectorize(its_lanes)
    if pixels <= _MAX_UNROLLED:
        schedule.unroll(its_pixel)
    schedule.vectorize(lanes)
    schedule.unroll(pixel)
    if name(schedule, anchor) == DEPTHWISE:
        for loop in over:
            schedule.unroll(loop)
    schedule.decompose_reduction(anchor, over[0])
