"""One way to compile and ship the model: the `[[candidates]]` of a case file."""

import re
from pathlib import PurePath
from typing import Literal

from pydantic import Field, field_validator, model_validator

from harness.cases.asset_sections import Asset
from harness.cases.section import Boolean, Integer, Name, Section
from harness.graphdef.precisions import INT8, SINGLE, Precision
from harness.stacks.registry import all_stacks

DEFAULT_OPT_LEVEL = 3
OWN_FUNCTION = r"^([A-Za-z_][A-Za-z0-9_.]*|[^\x00:]+\.py):[A-Za-z_][A-Za-z0-9_]*$"
"""A module or a file, and a function."""


class Candidate(Section):
    """A way to compile and ship the model: stack, target, layout, opt_level."""

    name: Name | None = None
    """Id in node ids and tables; by default made from the other keys."""
    stack: str = "relay"
    """Which importer and compiler: relay, relax, relax-onnx, relax-tflite, or a plugin's. Or a
    program that compiles nothing: tensorflow, onnxruntime (tf2onnx), tflite (LiteRT)."""
    target: str = Field(default="llvm", max_length=500)
    """TVM target string; `host` is llvm with this machine's own CPU."""
    layout: Literal["NCHW", "NHWC"] | None = None
    """Layout the importer is asked for; by default the graph's own."""
    opt_level: Integer = Field(default=DEFAULT_OPT_LEVEL, ge=0, le=4)
    """TVM PassContext optimisation level."""
    pipeline: Literal["default", "packed"] = "default"
    """The passes: what tvm.compile does by itself, or the harness's fast ones for CPUs (relax)."""
    precision: Precision = SINGLE
    """Format of most of the program's results; the row is judged by what it rounds. The stack's own
    mixed precision makes another than float32; of `build` and `module` it says what they are."""
    calibration: tuple[str, ...] = Field(default=(), max_length=100)
    """Images, or patterns of them, from which the conversion to int8 takes its steps."""
    pass_config: dict[str, Boolean | Integer | str] = Field(default={})
    """TVM PassContext config entries, over the stack's own defaults."""
    build: str | None = Field(default=None, pattern=OWN_FUNCTION, max_length=500)
    """Your own build in place of the stack's passes and code generation: `file.py:function`, or
    `package.module:function`. Called with the imported module and the target, it returns what TVM's
    build returns."""
    module: str | None = Field(default=None, min_length=1, max_length=500)
    """A shared library that TVM has built already: nothing is imported or compiled."""
    input: str | None = Field(default=None, min_length=1, max_length=500)
    """Name of the input of `module`; by default that of the model."""
    model: Asset | None = None
    """The file to compile, where it is another than the reference runs."""

    @field_validator("target")
    @classmethod
    def _no_empty_target(cls, target: str) -> str:
        if not target.strip():
            raise ValueError(
                "the target is empty; expected host, llvm, an option behind it as in "
                "'llvm -mcpu=core-avx2', or a device such as cuda"
            )
        return target

    @model_validator(mode="after")
    def _one_way(self) -> "Candidate":
        if self.build and self.module:
            raise ValueError("build and module exclude each other: a module is built already")
        if self.calibration and self.precision != INT8:
            raise ValueError(f"calibration is for precision int8; found {self.precision}")
        if self.input and not self.module:
            raise ValueError("input names the input of a module; there is none")
        return self

    @property
    def compiled(self) -> bool:
        """Whether its stack compiles, so that target, layout, opt_level and pipeline count."""
        return compiles(self.stack)

    @property
    def id(self) -> str:
        """Stable id such as `relay-llvm-nchw`, `relay-host-o0` or `onnxruntime`."""
        if self.name:
            return self.name
        if not self.compiled:
            return self.stack if self.precision == SINGLE else f"{self.stack}-{self.precision}"
        target = self.target.replace("-mcpu=", "")
        parts = [self.stack, target, (self.layout or "").lower()]
        if self.opt_level != DEFAULT_OPT_LEVEL:
            parts.append(f"o{self.opt_level}")
        if self.pipeline != "default":
            parts.append(self.pipeline)
        if self.precision != SINGLE:
            parts.append(self.precision)
        if self.build or self.module:
            own = (self.build or "").rpartition(":")[2] or PurePath(self.module or "").stem
            parts.append(own)
        parts += [f"{k.rsplit('.', 1)[-1]}={v}" for k, v in sorted(self.pass_config.items())]
        plain = (re.sub(r"[^A-Za-z0-9._+=]+", "-", part).strip("-") for part in parts)
        return "-".join(part for part in plain if part)


def compiles(stack: object) -> bool:
    """Whether a stack, by its name, compiles; True of one that is not known."""
    known = all_stacks().get(stack) if isinstance(stack, str) else None
    return known is None or known.compiles
