"""How TVM 0.27 compiles CUDA kernels: with fast math, unless the environment says otherwise.

Its callback passes --use_fast_math to nvcc and to NVRTC alike (tvm/support/nvcc.py): exp, log, sin
and cos are approximations, so are division and square root, and denormal numbers become 0. Only
nvcc can be told not to. The scores then move by more than other rounding does.
"""

from collections.abc import Mapping

MODE, EXACT = "TVM_CUDA_COMPILE_MODE", "TVM_CUDA_NVCC_NO_FAST_MATH"
VARIABLES = (
    MODE,
    EXACT,
    "TVM_CUDA_NVRTC_EXTRA_OPTS",
    "TVM_CUDA_PTXAS_EXTRA_OPTS",
    "TVM_CUDA_PTXAS_REG_LEVEL",
)
"""Environment variables that TVM's compilation of CUDA kernels reads."""


def cuda_remarks(kind: str, environment: Mapping[str, str]) -> list[str]:
    """The remark on fast math where the kernels of a target's kind are compiled with it.

    >>> cuda_remarks("llvm", {}), cuda_remarks("cuda", {MODE: "nvcc", EXACT: "1"})
    ([], [])
    >>> cuda_remarks("cuda", {MODE: "nvrtc", EXACT: "1"}) == cuda_remarks("cuda", {}) != []
    True
    """
    if kind != "cuda" or (environment.get(MODE, "").lower() == "nvcc" and environment.get(EXACT)):
        return []
    fast = "TVM compiled the CUDA kernels with --use_fast_math: exp, log, division and square root"
    return [f"{fast} are approximations; set {MODE}=nvcc and {EXACT}=1 to compare without it"]
