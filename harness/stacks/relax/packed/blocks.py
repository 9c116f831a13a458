"""Queries on the blocks of a kernel, for scheduling."""

from dataclasses import dataclass
from typing import Any

import tvm_ffi
from tvm import tirx

from harness.stacks.relax.releases import region_buffer, region_shape

_SPATIAL, _REDUCTION = 0, 2
"""Kinds of iteration: kDataPar and kCommReduce in TVM."""


class DynamicShapeError(ValueError):
    """A kernel has a loop whose length is only known when it runs."""


@dataclass(frozen=True)
class Axes:
    """Lengths of a block's axes, in the block's own order."""

    spatial: tuple[int, ...]
    """Axes of the result."""
    reduction: tuple[int, ...]
    """Axes that are summed over."""

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


def own_loops(schedule: Any, block: Any) -> tuple[list[Any], list[Any]]:
    """The innermost loops around a block, one per axis: those over its result, those that sum."""
    found = axes(schedule, block)
    count = len(found.spatial) + len(found.reduction)
    loops = list(schedule.get_loops(block))[-count:]
    return loops[: len(found.spatial)], loops[len(found.spatial) :]


def all_blocks(schedule: Any) -> list[Any]:
    """The blocks of a kernel in execution order."""
    return list(schedule.get_child_blocks(schedule.get_sblock("root")))


def block_name(schedule: Any, block: Any) -> str:
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
    variables = [axis.var for axis in body.iter_vars]
    same_rank = [r for r in body.reads if len(r.region) == len(variables)]
    whole = [r for r in same_rank if region_shape(r) == shape]
    return all(_is_element(region, variables) for region in [*body.writes, *whole])


def _is_element(region: Any, variables: list[Any]) -> bool:
    """Whether a region is the single element whose indices are those variables."""
    ranges = list(region.region)
    return len(ranges) == len(variables) and all(
        r.min.same_as(variable) and int(r.extent) == 1
        for r, variable in zip(ranges, variables, strict=True)
    )


def written_inside(schedule: Any, block: Any) -> bool:
    """Whether what a block writes is a buffer local to the kernel."""
    root = schedule.get(schedule.get_sblock("root"))
    written = region_buffer(schedule.get(block).writes[0])
    return any(written.same_as(buffer) for buffer in root.alloc_buffers)


def has_let(schedule: Any, block: Any) -> bool:
    """Whether a block has let-expressions, as the logistic function does.

    Two such blocks are never merged: TVM took 90 s to compile three of them, nested.
    """
    return any(isinstance(node, tirx.Let) for node in nodes(schedule.get(block).body))


def nodes(tree: Any) -> list[Any]:
    """All expressions and statements within an expression or statement."""
    found: list[Any] = []
    tvm_ffi.structural_walk(tree, found.append)
    return [node for node in found if isinstance(node, tvm_ffi.Object)]  # TVM 0.26 has types too
