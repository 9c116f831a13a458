"""Formats of model files that are run as they are: ONNX by ONNX Runtime, TFLite by LiteRT."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypedDict

from harness.graphdef.model_file import ModelFormat
from harness.stacks import converters, onnx_file, onnx_reference, onnx_rounding, tflite_file
from harness.stacks.protocol import Arrays, ArtefactOptions, Program
from harness.stacks.registry import DEFAULT_REFERENCE


class TensorFacts(TypedDict):
    """An input or an output, as plain JSON values."""

    name: str
    dtype: str
    shape: list[int | None]


class DeclaredFile(TypedDict):
    """What a file declares."""

    inputs: list[TensorFacts]
    outputs: list[TensorFacts]


@dataclass(frozen=True)
class FileFormat:
    """A format, and which programs read it."""

    name: ModelFormat
    """Its name in this program."""
    suffix: str
    """By which its files are known."""
    file: str
    """Name under which a converter writes it, and a stack looks for it."""
    reference: str
    """Stack that is the reference, unless another one that takes such files is named."""
    facts: Callable[[dict[str, str], Arrays], tuple[DeclaredFile, Arrays]]
    """Reads what the file declares, in a worker process of that stack."""
    in_float64: Callable[[ArtefactOptions], Program] | None = None
    """Opens a file as a program that computes all of it in float64; None where nothing does."""
    rounded: Callable[[ArtefactOptions], Program] | None = None
    """Opens a file as a program whose sums round at random, moved by the input `FACTOR` of
    `harness.stacks.onnx_rounding`; None where nothing does."""


FORMATS = (
    FileFormat(
        "onnx",
        ".onnx",
        converters.ONNX_MODEL,
        "onnxruntime",
        onnx_file.facts,
        onnx_reference.open_float64,
        onnx_rounding.open_rounded,
    ),
    FileFormat("tflite", ".tflite", converters.TFLITE_MODEL, "tflite", tflite_file.facts),
)


def format_of(name: str) -> FileFormat | None:
    """The format of a file of that name; None for a GraphDef, or what becomes one.

    >>> found = format_of("model.onnx")
    >>> found and found.reference
    'onnxruntime'
    """
    suffix = PurePath(name).suffix.lower()
    return next((one for one in FORMATS if one.suffix == suffix), None)


def format_named(name: ModelFormat) -> FileFormat | None:
    """The format of that name; None for a GraphDef."""
    return next((one for one in FORMATS if one.name == name), None)


def reference_stack(found: FileFormat | None, asked: str) -> str:
    """Stack of the reference of a model of that format, where `asked` is the one that is set."""
    return found.reference if found and asked == DEFAULT_REFERENCE else asked
