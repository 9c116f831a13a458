"""A short, deterministic pipeline for CPUs, without tuning: minutes less than a search.

TVM 0.27 applies no schedule of its own on CPUs: scalar loops on one thread, 16 to 97 times slower
than TensorFlow. Here convolutions and dense layers get packed weights, register tiles and vector
channels, everything else parallel rows; what isn't known stays as TVM has it, slow and right.
"""

from dataclasses import dataclass

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
    """A module of scheduled kernels, and what has no schedule."""

    module: tvm.IRModule
    unscheduled: tuple[tuple[str, str], ...]
    """(kernel, reason); such kernels are slow and right."""


def optimise(module: tvm.IRModule, target: tvm.target.Target) -> Optimised:
    """An imported Relax module as scheduled, fused kernels for a CPU.

    It replaces the library dispatch and legalize passes of TVM's CPU pipeline; lowering
    (`dataflow_lower_passes`, `finalize_passes`) and code generation follow.
    """
    found = vectors(target)
    passes = [
        *cpu_generic.library_dispatch_passes(target),
        legalise_ops(found),
        relax.transform.AnnotateTIROpPattern(),
        relax.transform.FoldConstant(),
        relax.transform.FuseOps(),
        relax.transform.FuseTIR(),
        relax.transform.DeadCodeElimination(),
    ]
    with target:
        fused = tvm.transform.Sequential(passes)(channels_last(module))
        return Optimised(*schedule_kernels(fused, found))
