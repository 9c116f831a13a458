"""The schedule of convolutions and dense layers, which keeps a tile of the result in registers.

For each vector of output channels and each tile of a row, the weights are read once: each weight
vector is loaded and multiplied with every pixel of the tile. Bias, norm, activation and residual
are applied to the finished tile while it is in registers.
"""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from harness.stacks.relax.packed.blocks import (
    all_blocks,
    axes,
    block_name,
    has_let,
    is_elementwise_over,
    own_loops,
    written_inside,
)
from harness.stacks.relax.packed.generic import schedule_blocks
from harness.stacks.relax.packed.kernels import DEPTHWISE, PADDED, PIXEL_STEP
from harness.stacks.relax.packed.lanes import Vectors
from harness.stacks.relax.packed.long_sums import MAX_PRODUCTS, nest, partial_sums
from harness.stacks.relax.packed.tiles import max_cached, tile
from harness.stacks.relax.releases import region_shape

_MAX_UNROLLED = 16
_IMAGE_RANK, _PACKED_RANK = 4, 5


def schedule_kernel(schedule: Any, anchor_index: int, vectors: Vectors) -> None:
    """Schedule a kernel around its one convolution or dense layer, the block of that index."""
    blocks = all_blocks(schedule)
    anchor, following = blocks[anchor_index], blocks[anchor_index + 1 :]
    _schedule_input(schedule, blocks[:anchor_index])
    epilogue = _merged_epilogue(schedule, anchor, following)
    _schedule_tiles(schedule, anchor, epilogue, vectors)
    schedule_blocks(schedule, following, vectors)


def _schedule_input(schedule: Any, blocks: Sequence[Any]) -> None:
    for block in blocks:
        if block_name(schedule, block) == PADDED:
            if outer := schedule.get_loops(block)[:-2]:
                schedule.parallel(schedule.fuse(*outer))
        else:
            schedule.compute_inline(block)


def _merged_epilogue(schedule: Any, anchor: Any, following: list[Any]) -> Any:
    """The block that finishes a tile: all elementwise blocks that follow, merged into one.

    They are removed from `following`. Where there are none, the block copies the sums, which are so
    always in a buffer local to the kernel, small enough for registers.
    """
    shape, merged = axes(schedule, anchor).spatial, []
    lets = 0
    while following and is_elementwise_over(schedule, following[0], shape):
        lets += has_let(schedule, following[0])
        if lets > 1:
            break
        merged.append(following.pop(0))
        if not written_inside(schedule, merged[-1]):
            break
    if not merged:
        return schedule.cache_write(anchor, 0, "global")
    for block in merged[:-1]:
        schedule.compute_inline(block)
    return merged[-1]


def _rows_first(schedule: Any, anchor: Any) -> bool:
    """Whether the loop over rows lies outside the loop over vectors of channels.

    If so the weights are read once per row, else the image once per vector of channels.
    """
    shapes = [region_shape(region) for region in schedule.get(anchor).reads]
    weights = next((shape for shape in shapes if len(shape) == _PACKED_RANK), None)
    image = next((shape for shape in shapes if len(shape) == _IMAGE_RANK), None)
    if weights is None or image is None:
        return False
    rows = axes(schedule, anchor).spatial[1]
    return prod(weights) * rows < prod(image) * weights[0]


def _schedule_tiles(schedule: Any, anchor: Any, epilogue: Any, vectors: Vectors) -> None:
    rows_first, depthwise = _rows_first(schedule, anchor), block_name(schedule, anchor) == DEPTHWISE
    step = schedule.get(anchor).annotations.get(PIXEL_STEP)
    parts = partial_sums(schedule, anchor, MAX_PRODUCTS)
    (*outer, row, channels), reduction = own_loops(schedule, anchor)
    *_, length, count = axes(schedule, anchor).spatial
    width = next(width for width in vectors.widths if count % width == 0)
    pixels = tile(length, vectors.tile if step is None else max_cached(int(step), vectors.tile))
    channel_vectors, lanes = schedule.split(channels, [None, width])
    tiles, pixel = schedule.split(row, [None, pixels])
    if depthwise:
        schedule.reorder(*outer, channel_vectors, tiles, *reduction, pixel, lanes)
        schedule.parallel(schedule.fuse(*outer))
    else:
        batch, rows = outer[:1], outer[1:]
        around = [*outer, channel_vectors] if rows_first else [*batch, channel_vectors, *rows]
        schedule.reorder(*around, tiles, *reduction, pixel, lanes)
        schedule.parallel(schedule.fuse(*around))
    if length % pixels:
        schedule.unroll(tiles)  # then the conditions on the last, incomplete tile are constant
    schedule.reverse_compute_at(epilogue, tiles, preserve_unit_loops=True)
    *_, epilogue_pixel, epilogue_lanes = schedule.get_loops(epilogue)
    schedule.vectorize(epilogue_lanes)
    if pixels <= _MAX_UNROLLED:
        schedule.unroll(epilogue_pixel)
    schedule.vectorize(lanes)
    schedule.unroll(pixel)
    if depthwise:
        for loop in reduction:
            schedule.unroll(loop)
    nest(schedule, parts, reduction[0], partial(_tile_inside, schedule))
    schedule.decompose_reduction(anchor, reduction[0])


def _tile_inside(schedule: Any, results: Sequence[Any], sums: Sequence[Any]) -> None:
    *_, pixel, lanes = results
    schedule.reorder(*sums, pixel, lanes)
    schedule.vectorize(lanes)
    schedule.unroll(pixel)
