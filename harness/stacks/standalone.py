"""What a stack offers so that a fault can be shown without the harness.

A reproducer is a folder: files that a build step wrote, and a script made of the source of the
module that defines `StandaloneForm.answer`. Such a module imports its framework and NumPy alone,
and those inside its functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

AnswerFunction = Callable[[Path, dict[str, Any], NDArray[Any]], Any]
"""Folder of the files, settings, fed tensor → the program's one output as an array.

Settings: `target` as `StandaloneForm.target` gives it, `device` (`cpu`, `cuda`), `opt_level`,
`pass_config`, `input` and `output` (names), `lowered` (whether the passes ran already).
"""


def _as_written(text: str) -> Any:
    return text


@dataclass(frozen=True)
class StandaloneForm:
    """One way to build and run a program from the files of a build step, by the framework alone."""

    step: str
    """Name of the step that wrote the files; empty: the GraphDef that the first step reads."""
    answer: AnswerFunction
    """Builds and runs; its module becomes the script."""
    pipelines: tuple[str, ...] = ("default",)
    """Pipelines of candidates for which it builds what the candidate's own steps build."""
    lowered: bool = False
    """Whether the passes of the pipeline ran before the files were written."""
    values: bool = True
    """Whether it is used for wrong values; otherwise for a failure of the next step alone."""
    target: Callable[[str], Any] = _as_written
    """Target string → what the framework's `Target` takes, as plain JSON values."""
    requires: tuple[str, ...] = ()
    """Distributions that it needs beside NumPy and the first two of the stack's."""
