"""What either generation of TVM says of this machine, and where it runs what it has built."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from harness.stacks.protocol import StackDescription

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_CPUS = ("llvm", "c")
_OTHERS = ("cuda", "rocm", "opencl", "vulkan", "metal")


def described(cpu: str, llvm: str) -> StackDescription:
    """Version, LLVM, the target of a machine with that CPU, and which device kinds can run here."""
    import tvm

    return {
        "version": tvm.__version__,
        "llvm": llvm,
        "host_target": f"llvm -mcpu={cpu}" if cpu else "llvm",
        "devices": {k: bool(tvm.runtime.enabled(k) and tvm.device(k).exist) for k in _OTHERS},
    }


def device(kind: str) -> Any:
    """The first device on which modules for targets of that kind run."""
    import tvm

    return tvm.cpu() if kind in _CPUS else tvm.device(kind)


def check_cpu(target: Any, text: str, known: Callable[[Any], Iterable[Any]]) -> None:
    """ValueError for a CPU that LLVM does not know: LLVM itself ignores it.

    `known` lists the CPUs of a target; `text` is what the user wrote for it.
    """
    cpu = str(target.attrs.get("mcpu", ""))
    if target.kind.name == "llvm" and cpu and cpu not in {str(name) for name in known(target)}:
        raise ValueError(f"LLVM knows no CPU '{cpu}' for target '{text}'")
