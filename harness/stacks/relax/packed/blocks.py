"""The blocks of a kernel, read for scheduling."""

from dataclasses import dataclass
from typing import Any

import tvm_ffi
from tvm import tirx

_SPATIAL, _REDUCTION = 0, 2
"""Kinds of iteration: kDataPar and kCommReduce in TVM."""


class DynamicShapeError(ValueError):
    """A kernel has a loop whose length is not known before the run."""


@dataclass(frozen=True)
class Axes:
    """Lengths of a block's axes, in the block's own order."""

    spatial: tuple[int, ...]
    reduction: tuple[int, ...]

    @property
    def is_reduction(self) -> bool:
        """Whether the block sums, or takes a maximum, over something."""
        return bool(self.reduction)


def _length(axis: Any) -> int:
    if not isinstance(axis.dom.extent, int | tirx.IntImm):
        raise DynamicShapeError(f"axis {axis.var.name} has the length {axis.dom.extent}")
    return int(axis.dom.extent)


def axes(schedule: Any, block: Any) -> Axes:
    """A block's axes; raises DynamicShapeError."""
    found = [(_length(axis), int(axis.iter_type)) for axis in schedule.get(block).iter_vars]
    return Axes(
        tuple(n for n, kind in found if kind == _SPATIAL),
        tuple(n for n, kind in found if kind == _REDUCTION),
    )


def all_blocks(schedule: Any) -> list[Any]:
    """The blocks of a kernel in the order of their computation."""
    return list(schedule.get_child_blocks(schedule.get_sblock("root")))


def name(schedule: Any, block: Any) -> str:
    """A block's name, which is its tensor expression's."""
    return str(schedule.get(block).name_hint)


def is_elementwise_over(schedule: Any, block: Any, shape: tuple[int, ...]) -> bool:
    """Whether a block computes each element of that shape from the same element of its inputs.

    Only such a block may move into the loops of the block that it follows: one that shifts or
    pads reads elements that are not computed yet. Inputs of other shapes are broadcast.
    """
    found = axes(schedule, block)
    if found.spatial != shape or found.is_reduction:
        return False
    body = schedule.get(block)
    places = [axis.var for axis in body.iter_vars]
    same_rank = [r for r in body.reads if len(r.region) == len(places)]
    whole = [r for r in same_rank if tuple(int(n) for n in r.source.ty.shape) == shape]
    return all(_at(region, places) for region in [*body.writes, *whole])


def _at(region: Any, places: list[Any]) -> bool:
    """Whether a region is the one element at those places."""
    ranges = list(region.region)
    return len(ranges) == len(places) and all(
        r.min.same_as(place) and int(r.extent) == 1 for r, place in zip(ranges, places, strict=True)
    )


def written_inside(schedule: Any, block: Any) -> bool:
    """Whether only the kernel itself sees what a block writes."""
    root = schedule.get(schedule.get_sblock("root"))
    written = schedule.get(block).writes[0].source
    return any(written.same_as(buffer) for buffer in root.alloc_buffers)


def has_let(schedule: Any, block: Any) -> bool:
    """Whether a block names values in between, as the logistic function does.

    Two such blocks are never computed as one: TVM took 90 s to compile three, one within another.
    """
    return any(isinstance(node, tirx.Let) for node in nodes(schedule.get(block).body))


def nodes(tree: Any) -> list[Any]:
    """All expressions and statements in one."""
    found: list[Any] = []
    tvm_ffi.structural_walk(tree, found.append)
    return found
