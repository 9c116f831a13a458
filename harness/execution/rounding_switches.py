"""The environment variables that can change the rounding of a program."""

from collections.abc import Mapping

ROUNDING_SWITCHES = (
    "TF_",
    "XLA_",
    "ONEDNN_",
    "DNNL_",
    "MKL_",
    "OMP_",
    "KMP_",
    "GOMP_",
    "CUDA_",
    "NVIDIA_",
)
"""How environment variables begin that choose kernels, threads or devices."""


def switches(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that can change rounding, of those that the worker processes are given."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(ROUNDING_SWITCHES) and not name.startswith("TF_CPP_")
    }
