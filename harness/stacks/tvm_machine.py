"""The CPU and devices of this machine, as both versions of TVM find them."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from harness.stacks.protocol import StackDescription

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
THREADS = {"TVM_NUM_THREADS": os.environ.get("TVM_NUM_THREADS") or str(CORES)}
"""Environment of TVM's processes: as many threads as cores, since TVM by itself takes half of those
that it sees; or as many as are asked for."""
NO_SPIN = {"TVM_THREAD_POOL_SPIN_COUNT": "0"}
"""Environment of TVM's processes that build: constants are folded by hundreds of tiny kernels, and
after each a thread would keep a core busy with waiting (docs/measured.md, "TVM 0.19, build")."""
_CPUS = ("llvm", "c")
_ACCELERATORS = ("cuda", "rocm", "opencl", "vulkan", "metal")


def description(cpu: str, llvm: str) -> StackDescription:
    """The description of a stack, given LLVM's names of this machine's CPU and of its version."""
    import tvm

    devices = {kind: _target_here(kind) for kind in _ACCELERATORS}
    return {
        "version": tvm.__version__,
        "llvm": llvm,
        "host_target": f"llvm -mcpu={cpu}" if cpu else "llvm",
        "devices": devices,
        "gpus": [str(tvm.device(kind).device_name) for kind, target in devices.items() if target],
    }


def _target_here(kind: str) -> str:
    """Target string of the first device of a kind; empty where modules for it can't run here.

    It names the architecture of a CUDA device, since a module built for another one may not run.
    """
    import tvm

    if not (tvm.runtime.enabled(kind) and tvm.device(kind).exist):
        return ""
    capability = str(tvm.device(kind).compute_version) if kind == "cuda" else ""
    return f"{kind} -arch=sm_{capability.replace('.', '')}" if capability else kind


def device(kind: str) -> Any:
    """The first device for targets of that kind, such as `llvm` or `cuda`."""
    import tvm

    return tvm.cpu() if kind in _CPUS else tvm.device(kind)


def check_cpu(target: Any, text: str, known: Callable[[Any], Iterable[Any]]) -> None:
    """ValueError for a CPU that LLVM does not know: LLVM itself ignores it.

    `known` lists the CPUs of a target; `text` is what the user wrote for it.
    """
    cpu = str(target.attrs.get("mcpu", ""))
    if target.kind.name == "llvm" and cpu and cpu not in {str(name) for name in known(target)}:
        raise ValueError(f"LLVM knows no CPU '{cpu}' for target '{text}'")
