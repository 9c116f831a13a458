"""StridedSlice's begin, end, strides and five masks as a numpy index.

The masks: tensorflow/core/util/strided_slice_op.cc. numpy clamps, and counts
negative indices from the end, as TensorFlow does; only the masks have to be translated.
"""

from collections.abc import Sequence
from types import EllipsisType

from harness.stacks.relax.frontend.attributes import Attributes

Part = int | slice | EllipsisType | None
MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


def strided_index(
    attributes: Attributes, begin: Sequence[int], end: Sequence[int], strides: Sequence[int]
) -> tuple[Part, ...]:
    """The index by which numpy takes the same elements, as in `tensor[index]`."""
    masks = {name: attributes.integer(f"{name}_mask") for name in MASKS}
    parts = zip(begin, end, strides, strict=True)
    return tuple(
        _part(*part, {name for name in MASKS if masks[name] >> bit & 1})
        for bit, part in enumerate(parts)
    )


def _part(begin: int, end: int, stride: int, masked: set[str]) -> Part:
    if "ellipsis" in masked:
        return ...
    if "new_axis" in masked:
        return None
    if "shrink_axis" in masked:
        return begin
    return slice(
        None if "begin" in masked else begin,
        None if "end" in masked else end,
        stride,
    )


def per_axis(index: Sequence[Part], rank: int) -> list[slice]:
    """The slice of each axis of a tensor, without new axes; an index gives length 1."""
    taken = sum(part is not None and part is not ... for part in index)
    slices: list[slice] = []
    for part in index if ... in index else [*index, ...]:
        if part is ...:
            slices += [slice(None)] * (rank - taken)
        elif isinstance(part, int):
            slices.append(slice(part, part + 1 or None))
        elif isinstance(part, slice):
            slices.append(part)
    return slices
