"""Accuracy-parity verification of TVM-compiled TensorFlow image classifiers.

The names below are the interface for other packages; each is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "from_tensorflow": "harness.stacks.relax.frontend",
    "read_history": "harness.history.read_history",
    "read_rows": "harness.reports.read_rows",
    "read_sweep": "harness.sweep.parts",
    "BuildStep": "harness.stacks.protocol",
    "Program": "harness.stacks.protocol",
    "Stack": "harness.stacks.protocol",
    "ReportWriter": "harness.reports.protocol",
}

if TYPE_CHECKING:
    from harness.history.read_history import read_history
    from harness.reports.protocol import ReportWriter
    from harness.reports.read_rows import read_rows
    from harness.stacks.protocol import BuildStep, Program, Stack
    from harness.stacks.relax.frontend import from_tensorflow
    from harness.sweep.parts import read_sweep

__all__ = [
    "BuildStep",
    "Program",
    "ReportWriter",
    "Stack",
    "from_tensorflow",
    "read_history",
    "read_rows",
    "read_sweep",
]


def __getattr__(name: str) -> Any:
    """A public name, from its module."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'harness' has no attribute '{name}'")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """The public names beside the module's own."""
    return sorted([*globals(), *_PUBLIC])
