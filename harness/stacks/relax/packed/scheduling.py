"""Schedules every kernel of a module, and reports those that can't be scheduled."""

from typing import Any

import tvm
from tvm import s_tir, tirx
from tvm.error import InternalError
from tvm.s_tir.schedule import ScheduleError

from harness.stacks.relax.packed import anchored, generic
from harness.stacks.relax.packed.blocks import DynamicShapeError, all_blocks, block_name
from harness.stacks.relax.packed.kernels import ANCHORS
from harness.stacks.relax.packed.lanes import Vectors

SCHEDULED = "tirx.is_scheduled"
_FAILURES = (ScheduleError, InternalError, DynamicShapeError)
_LONGEST_REASON = 300


def schedule_kernels(
    module: tvm.IRModule, vectors: Vectors
) -> tuple[tvm.IRModule, tuple[tuple[str, str], ...]]:
    """The module with its kernels scheduled, and (kernel, reason) of those that can't be.

    A kernel without a schedule is one loop nest on one thread: slow but correct.
    """
    scheduled, failed = module.clone(), []
    for variable, function in sorted(module.functions_items(), key=lambda item: _name(item[0])):
        if not isinstance(function, tirx.PrimFunc) or _is_scheduled(function):
            continue
        try:
            scheduled.update_func(variable, _scheduled(function, vectors))
        except _FAILURES as error:
            failed.append((_name(variable), _reason(error)))
    return scheduled, tuple(failed)


def _name(variable: Any) -> str:
    return str(variable.name_hint)


def _is_scheduled(function: Any) -> bool:
    return bool(function.attrs is not None and function.attrs.get(SCHEDULED, False))


def _scheduled(function: Any, vectors: Vectors) -> Any:
    schedule = s_tir.Schedule(function)
    names = [block_name(schedule, block) for block in all_blocks(schedule)]
    anchors = [index for index, name in enumerate(names) if name in ANCHORS]
    if len(anchors) == 1:
        anchored.schedule_kernel(schedule, anchors[0], vectors)
    else:
        generic.schedule_kernel(schedule, vectors)
    return schedule.mod["main"].with_attr(SCHEDULED, True)


def _reason(error: Exception) -> str:
    """The line of TVM's message that names the error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = next((text for text in lines if "rror" in text), lines[-1] if lines else "")
    return f"{type(error).__name__}: {line}"[:_LONGEST_REASON]
