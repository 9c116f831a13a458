"""A short, deterministic pipeline for CPUs, without tuning: which saves a search of minutes.

TVM 0.27 applies no schedule of its own on CPUs: scalar loops on one thread, 16 to 97 times slower
than TensorFlow (docs/measured.md, "TVM 0.27, unscheduled kernels"). Here convolutions and dense
layers get packed weights, register tiles and vectors of channels, other kernels parallel rows; a
kernel that can't be scheduled stays slow but correct.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tvm
from tvm import relax
from tvm.relax.backend.cpu_generic import pipeline as cpu_generic

from harness.stacks.relax.packed.lanes import vectors
from harness.stacks.relax.packed.layout import channels_last
from harness.stacks.relax.packed.legalise import legalise_ops
from harness.stacks.relax.packed.scheduling import schedule_kernels

__all__ = ["Optimised", "optimise"]


@dataclass(frozen=True)
class Optimised:
    """A module of scheduled kernels, and the names of those without a schedule."""

    module: tvm.IRModule
    """Fused kernels, before lowering and code generation."""
    unscheduled: tuple[tuple[str, str], ...]
    """(kernel, reason) pairs; such kernels are slow but correct."""


def optimise(module: tvm.IRModule, target: tvm.target.Target) -> Optimised:
    """An imported Relax module as scheduled, fused kernels for a CPU.

    It replaces the library dispatch and legalize passes of TVM's CPU pipeline; lowering
    (`dataflow_lower_passes`, `finalize_passes`) and code generation follow.
    """
    found = vectors(target)
    unscheduled: list[tuple[str, str]] = []

    def schedule(module: tvm.IRModule) -> tvm.IRModule:
        scheduled, failed = schedule_kernels(module, found)
        unscheduled.extend(failed)
        return scheduled

    passes = [
        _as_pass("packed.ChannelsLast", channels_last),
        *cpu_generic.library_dispatch_passes(target),
        legalise_ops(found),
        relax.transform.AnnotateTIROpPattern(),
        relax.transform.FoldConstant(),
        relax.transform.FuseOps(),
        relax.transform.FuseTIR(),
        relax.transform.DeadCodeElimination(),
        _as_pass("packed.ScheduleKernels", schedule),
    ]
    with target:
        return Optimised(tvm.transform.Sequential(passes)(module), tuple(unscheduled))


def _as_pass(
    name: str, function: Callable[[tvm.IRModule], tvm.IRModule]
) -> tvm.transform.ModulePass:
    """A function of modules as a pass, which instruments of passes see by its name."""

    def transform(module: tvm.IRModule, _: Any) -> tvm.IRModule:
        return function(module)

    return tvm.transform.module_pass(transform, opt_level=0, name=name)
