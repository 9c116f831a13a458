"""The schedule of all other kernels: inlining, parallel rows, vectors of channels."""

from collections.abc import Sequence
from functools import partial
from math import gcd
from typing import Any

from tvm import tirx
from tvm.s_tir.schedule import ScheduleError

from harness.stacks.relax.packed.blocks import all_blocks, axes, has_let, nodes, own_loops
from harness.stacks.relax.packed.lanes import Vectors
from harness.stacks.relax.packed.long_sums import (
    MAX_CHAIN,
    lane_sums,
    nest,
    partial_sums,
    uneven_sums,
)

_COMPARISONS = tirx.LT | tirx.LE | tirx.GT | tirx.GE
_CACHED = 64
"""Channels that a reduction sums at the same time; their sums stay in the L1 cache."""


def schedule_kernel(schedule: Any, vectors: Vectors) -> None:
    """Schedule all blocks of a kernel."""
    schedule_blocks(schedule, all_blocks(schedule), vectors)


def schedule_blocks(schedule: Any, blocks: Sequence[Any], vectors: Vectors) -> None:
    """Schedule some blocks of a kernel, each in the loops it was made with."""
    last_let = max((i for i, b in enumerate(blocks) if has_let(schedule, b)), default=-1)
    remaining = [
        block
        for i, block in enumerate(blocks)
        if (i < last_let and has_let(schedule, block)) or not _inline(schedule, block)
    ]
    for block in remaining:
        if not schedule.get_loops(block):  # beside such a block, rfactor fails
            schedule.add_unit_loop(block)
    for block in remaining:
        if axes(schedule, block).is_reduction:
            _reduction(schedule, block, vectors)
        else:
            _elementwise(schedule, block, vectors)


def _inline(schedule: Any, block: Any) -> bool:
    """Inline a block into its readers; False for reductions and outputs, which can't be inlined."""
    if axes(schedule, block).is_reduction:
        return False
    try:
        schedule.compute_inline(block)
    except ScheduleError:
        return False
    return True


def _elementwise(schedule: Any, block: Any, vectors: Vectors) -> None:
    loops, lengths = list(schedule.get_loops(block)), axes(schedule, block).spatial
    if not loops or len(loops) != len(lengths):
        return
    width = _width(schedule, block, lengths[-1], vectors)
    *outer, last = loops
    if outer:
        schedule.parallel(schedule.fuse(*outer))
        if width > 1:
            schedule.vectorize(schedule.split(last, [None, width])[1])
        return
    many, lanes = schedule.split(last, [None, width])
    schedule.parallel(many)
    if width > 1:
        schedule.vectorize(lanes)


def _reduction(schedule: Any, block: Any, vectors: Vectors) -> None:
    """Pools, means, products: the sums of neighbouring channels are computed together."""
    found, loops = axes(schedule, block), list(schedule.get_loops(block))
    in_order = len(loops) == len(found.spatial) + len(found.reduction)
    if not in_order or not _spatial_first(schedule, block):
        return
    width = _width(schedule, block, found.spatial[-1], vectors) if found.spatial else 1
    if width == 1:
        _single_sums(schedule, block, vectors)
        return
    nested = partial_sums(schedule, block, MAX_CHAIN)
    apart = uneven_sums(schedule, block, MAX_CHAIN)
    spatial, reduction = own_loops(schedule, block)
    many, channels = schedule.split(spatial[-1], [None, gcd(found.spatial[-1], _CACHED)])
    schedule.reorder(*spatial[:-1], many, *reduction, channels)
    schedule.parallel(schedule.fuse(*spatial[:-1], many))
    schedule.vectorize(schedule.split(channels, [None, width])[1])
    _place(schedule, nested, apart, reduction[0], width)
    schedule.decompose_reduction(block, reduction[0])


def _single_sums(schedule: Any, block: Any, vectors: Vectors) -> None:
    """Results one after the other: a long sum in the lanes of a vector where it has any."""
    lanes = lane_sums(schedule, block, MAX_CHAIN, vectors)
    nested = partial_sums(schedule, lanes or block, MAX_CHAIN)
    apart = uneven_sums(schedule, lanes or block, MAX_CHAIN)
    spatial, reduction = own_loops(schedule, block)
    if len(spatial) > 1:
        schedule.parallel(schedule.fuse(*spatial[:-1]))
    if lanes is None:
        _place(schedule, nested, apart, reduction[0], 1)
        return
    around, width = spatial[-1] if spatial else None, axes(schedule, lanes).spatial[-1]
    _place(schedule, [lanes, *nested], apart, around, width)


def _place(
    schedule: Any, nested: Sequence[Any], apart: Sequence[Any], around: Any | None, width: int
) -> None:
    """Compute parts of sums in the loop `around`, or each in loops of its own where one must be."""
    inside = partial(_vectors_inside, schedule, width)
    if not apart:
        nest(schedule, nested, around, inside)
        return
    for part in (*apart, *nested):
        results, sums = own_loops(schedule, part)
        inside(results, sums)
        if len(results) > 1:
            schedule.parallel(schedule.fuse(*results[:-1]))


def _vectors_inside(schedule: Any, width: int, results: Sequence[Any], sums: Sequence[Any]) -> None:
    if width > 1:
        schedule.reorder(*sums, results[-1])
        schedule.vectorize(schedule.split(results[-1], [None, width])[1])


def _spatial_first(schedule: Any, block: Any) -> bool:
    """Whether the loops over the result lie outside the reduction loops."""
    kinds = [int(axis.iter_type) for axis in schedule.get(block).iter_vars]
    return kinds == sorted(kinds)


def _width(schedule: Any, block: Any, length: int, vectors: Vectors) -> int:
    """Vector width on the last axis, such that each condition is equal for all lanes of a vector.

    A concatenation has a condition on which input an element comes from. Where the inputs' widths
    are multiples of the vector's, TVM proves the lanes equal; otherwise it computes them singly.
    """
    body = schedule.get(block)
    last = body.iter_vars[len(axes(schedule, block).spatial) - 1].var
    common = gcd(length, *_compared_numbers(body.body, last))
    return next((width for width in vectors.widths if common % width == 0), 1)


def _compared_numbers(body: Any, axis: Any) -> list[int]:
    """The integers that conditions on an axis compare it with."""
    compared = [node for node in nodes(body) if isinstance(node, _COMPARISONS)]
    on_axis = [node for node in compared if any(part.same_as(axis) for part in nodes(node))]
    sides = [side for node in on_axis for side in (node.a, node.b)]
    return [int(side) for side in sides if isinstance(side, tirx.IntImm)]
