"""Long sums in parts, since the rounding error of one chain of additions grows with its length.

The sum of n numbers, one added after the other, is off by up to (n − 1)·u of the sum of their
magnitudes, u = 2⁻²⁴ (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, equation 4.4).
Here a sum of more than `most` numbers becomes a sum of partial sums of about `most` each, again and
again until the partial sums are few: the bound is the sum of the lengths of these chains, which is
a few times `most` for any n. Partial sums have a fixed order: no thread count changes it.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from tvm import tirx

from harness.stacks.relax.packed.blocks import axes, own_loops
from harness.stacks.relax.packed.lanes import Vectors

MAX_CHAIN = 16
"""Numbers in one chain of additions, where memory limits the speed."""
MAX_PRODUCTS = 128
"""Products in one accumulator of a convolution or dense layer, which it costs time to empty."""
_SHORT, _LONG = 4, 4
"""A part has at least `most` / 4 numbers, and up to 4 times `most` where nothing else divides."""

Arrange = Callable[[Sequence[Any], Sequence[Any]], None]
"""Orders and vectorises the loops of a part: those over results and those that sum."""


def is_sum(schedule: Any, block: Any) -> bool:
    """Whether a block adds up floats, rather than integers or a maximum."""
    store = schedule.get(block).body
    return (
        isinstance(store, tirx.BufferStore)
        and isinstance(store.value, tirx.Add)
        and str(store.buffer.dtype).startswith("float")
        and axes(schedule, block).is_reduction
    )


def cut(lengths: Sequence[int], most: int) -> tuple[int, int] | None:
    """Which of nested loops to cut, and how many of its steps belong to one part.

    None where the sum is short or no number of steps divides it well.

    >>> cut([3, 3, 512], 128), cut([3, 3, 32], 128), cut([7, 7], 16), cut([37, 37], 16)
    ((2, 128), (1, 3), (1, 7), (1, 37))
    >>> cut([1009], 128), cut([16], 16)
    (None, None)
    """
    if prod(lengths) <= most:
        return None
    cuts = {
        steps * prod(lengths[place + 1 :]): (place, steps)
        for place, length in enumerate(lengths)
        for steps in range(1, length + 1)
        if length % steps == 0
    }
    whole = prod(lengths)
    good = [size for size in cuts if most <= size * _SHORT and size <= most]
    long = [size for size in cuts if most < size <= min(most * _LONG, whole - 1)]
    return cuts[max(good)] if good else cuts[min(long)] if long else None


def uneven(lengths: Sequence[int], most: int) -> bool:
    """Whether cutting a sum again and again leaves one that is too long and has no cut.

    >>> uneven([1009], 128), uneven([500], 128), uneven([1024], 128), uneven([64 * 1021], 128)
    (True, False, False, True)
    """
    while found := cut(lengths, most):
        place, steps = found
        lengths = [prod(lengths) // (steps * prod(lengths[place + 1 :]))]
    return prod(lengths) > most * _LONG


def partial_sums(schedule: Any, block: Any, most: int) -> list[Any]:
    """Cut the sum of a block into parts of one length; the blocks of the parts.

    The block sums the first part, each part the one after it; none for a block without a long sum.
    Needs the loops that sum to be the innermost ones.
    """
    parts: list[Any] = []
    while is_sum(schedule, block):
        found = cut(axes(schedule, block).reduction, most)
        if found is None:
            break
        parts.insert(0, _part(schedule, block, *found))
    return parts


def uneven_sums(schedule: Any, block: Any, most: int) -> list[Any]:
    """Cut what `partial_sums` leaves too long into parts of which the last is shorter.

    These can't be nested: TVM's compute_at drops the condition on the last of them.
    """
    parts: list[Any] = []
    while is_sum(schedule, block) and uneven(axes(schedule, block).reduction, most):
        place, steps = _uneven_cut(axes(schedule, block).reduction, most)
        parts.insert(0, _part(schedule, block, place, steps))
        parts = [*partial_sums(schedule, block, most), *parts]
    return parts


def _uneven_cut(lengths: Sequence[int], most: int) -> tuple[int, int]:
    """A cut into parts of which the last is shorter."""
    place = next(i for i in range(len(lengths)) if prod(lengths[i + 1 :]) <= most)
    count = -(-prod(lengths[place:]) // most)
    return place, -(-lengths[place] // count)


def _part(schedule: Any, block: Any, place: int, steps: int) -> Any:
    loops = own_loops(schedule, block)[1]
    outer = [*loops[:place], schedule.split(loops[place], [None, steps])[0]]
    part = _factored(schedule, block, schedule.fuse(*outer), 0)
    *results, first = schedule.get_loops(part)[: len(axes(schedule, part).spatial)]
    schedule.reorder(first, *results)
    return part


def lane_sums(schedule: Any, block: Any, most: int, vectors: Vectors) -> Any | None:
    """Cut a long sum into one for each lane of a vector, of neighbouring numbers; their block.

    The lanes are the last axis of its result. None for a block without a long sum, and where no
    vector divides the last loop that sums.
    """
    found = axes(schedule, block)
    if not is_sum(schedule, block) or prod(found.reduction) <= most:
        return None
    width = next(width for width in vectors.widths if found.reduction[-1] % width == 0)
    if width == 1:
        return None
    lane = schedule.split(own_loops(schedule, block)[1][-1], [None, width])[1]
    results, sums = len(found.spatial), len(found.reduction)
    part = _factored(schedule, block, lane, results)
    last = range(results + 1, results + 1 + sums)
    schedule.reorder_block_iter_var(part, [*range(1, results + 1), 0, *last])
    *summed, lane = list(schedule.get_loops(part))[-sums - 1 :]
    schedule.reorder(lane, *summed)
    return part


def _factored(schedule: Any, block: Any, loop: Any, place: int) -> Any:
    """The block of partial sums, one per step of a loop, which becomes that axis of their result.

    TVM puts the loop first among the axes of both blocks; here the block itself sums over its last.
    """
    part = schedule.rfactor(loop, place)
    results = len(axes(schedule, block).spatial)
    schedule.reorder_block_iter_var(block, [*range(1, results + 1), 0])
    return part


def nest(schedule: Any, parts: Sequence[Any], around: Any, arrange: Arrange) -> None:
    """Compute each part where it is added.

    That is in the loop `around` for the first, in the loop that sums them for the others. Without
    `around` the first stays outside all loops.
    """
    for part in parts:
        if around is not None:
            schedule.compute_at(part, around, preserve_unit_loops=True)
        results, sums = own_loops(schedule, part)
        arrange(results, sums)
        schedule.decompose_reduction(part, sums[0])
        around = sums[0]
