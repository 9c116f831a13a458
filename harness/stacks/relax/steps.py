"""The steps from an imported Relax module to a shared library, the same for all three imports."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.graphdef.precisions import SINGLE
from harness.stacks.own_build import export_own
from harness.stacks.pass_limits import limited_passes
from harness.stacks.protocol import Arrays, StepPayload, StepReply
from harness.stacks.relax.c_names import with_c_names
from harness.stacks.relax.codegen import export
from harness.stacks.relax.cuda import cuda_remarks
from harness.stacks.relax.module_file import load_module, save_module
from harness.stacks.relax.needed_passes import PASS_RULES
from harness.stacks.relax.releases import require_release
from harness.stacks.relax.targets import as_json
from harness.stacks.relax.virtual_machine import LIBRARY
from harness.stacks.tvm_errors import shortened
from harness.stacks.tvm_machine import CORES, check_cpu

_NAMED_KERNELS = 3
"""Kernels without a schedule that a row names."""


def optimize(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """Imported module → the module after all Relax passes, both on disk.

    A user's own build gets the module as it was imported.
    """
    with shortened():
        if "own_build" in payload:
            save_module(load_module(payload["source"]), payload["folder"])
            return {"remarks": []}, {}
        module, target = load_module(payload["source"]), _checked_target(payload["target"])
        if payload.get("precision", SINGLE) != SINGLE:
            from harness.stacks.relax.mixed_precision import in_float16

            module = in_float16(module)
        with _pass_context(payload), target:
            passes = _PASSES[payload["pipeline"]]
            optimized, remarks = passes(module, target)
            save_module(optimized, payload["folder"])
    return {"remarks": remarks}, {}


def build(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """Module after its passes → shared library on disk."""
    library = Path(payload["folder"]) / LIBRARY
    with shortened():
        module, target = load_module(payload["source"]), _checked_target(payload["target"])
    if "own_build" in payload:
        export_own(payload["own_build"], module, target, library)
        return {"remarks": []}, {}
    # The applications of a limited build are counted in one process.
    cores = 1 if "pass_limit" in payload else CORES
    with shortened(), _pass_context(payload):
        export(module, target, library, cores)
    return {"remarks": cuda_remarks(target.kind.name, os.environ)}, {}


def _checked_target(text: str) -> Any:
    """The target of either form; ValueError where LLVM does not know its CPU."""
    import tvm

    target = tvm.target.Target(as_json(text))
    check_cpu(target, text, tvm.get_global_func("target.llvm_get_cpu_archlist"))
    return target


@contextmanager
def _pass_context(payload: StepPayload) -> Iterator[None]:
    import tvm

    with limited_passes(payload, PASS_RULES) as instruments:
        level, config = payload["opt_level"], payload["pass_config"]
        with tvm.transform.PassContext(level, config=config, instruments=instruments):
            yield


def _default_passes(module: Any, target: Any) -> tuple[Any, list[str]]:
    """The passes that tvm.compile runs, which depend on the kind of target; no remarks."""
    from tvm import relax

    gpu = "gpu" in target.keys
    module = with_c_names(module) if target.kind.name != "llvm" else module
    passes = relax.get_default_pipeline(target) if gpu else relax.get_pipeline("default")
    return passes(module), []


def _packed_passes(module: Any, target: Any) -> tuple[Any, list[str]]:
    """The harness's own kernels and schedules, then TVM's lowering for CPUs.

    A remark names the kernels that have no schedule. ValueError where the target is no CPU.
    """
    if target.kind.name != "llvm":
        raise ValueError(
            f"pipeline 'packed' makes code for CPUs; target '{target.kind.name}' is none. "
            "Leave out the pipeline, or take target 'host'"
        )
    require_release("pipeline 'packed'", "leave out the pipeline")
    from tvm import transform
    from tvm.relax.backend.cpu_generic import pipeline as cpu

    from harness.stacks.relax.packed import pipeline as packed

    lowering = [*cpu.dataflow_lower_passes(target), *cpu.finalize_passes(target)]
    optimized = packed.optimise(module, target)
    remarks = [_unscheduled_remark(optimized.unscheduled)] if optimized.unscheduled else []
    return transform.Sequential(lowering)(optimized.module), remarks


_PASSES = {"default": _default_passes, "packed": _packed_passes}


def _unscheduled_remark(kernels: Sequence[tuple[str, str]]) -> str:
    """The remark on (kernel, reason) pairs of kernels without a schedule.

    >>> _unscheduled_remark([("topk", "ScheduleError: no loops")])
    'packed has no schedule for 1 kernel, slow and right: topk (ScheduleError: no loops)'
    """
    named = "; ".join(f"{name} ({reason})" for name, reason in kernels[:_NAMED_KERNELS])
    more = f" and {len(kernels) - _NAMED_KERNELS} more" if len(kernels) > _NAMED_KERNELS else ""
    count = f"{len(kernels)} kernel{'s' if len(kernels) > 1 else ''}"
    return f"packed has no schedule for {count}, slow and right: {named}{more}"
