"""A model file, read once: its graph, where images enter, where scores leave."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import GraphError
from harness.graphdef.endpoints import ImageInput, find_input, find_output
from harness.graphdef.parse import MAX_MODEL_BYTES, parse
from harness.graphdef.serialise import digest
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef

ModelFormat = Literal["graphdef", "onnx", "tflite"]
FORMAT_WORDS: dict[ModelFormat, str] = {
    "graphdef": "a GraphDef",
    "onnx": "an ONNX file",
    "tflite": "a TFLite file",
}
"""What people call a file of the format."""


@dataclass(frozen=True)
class ModelFile:
    """A model that was read, with its image input and score output found."""

    path: Path
    """The file."""
    sha256: str
    """SHA-256 of its content, in hex."""
    graph: GraphDef
    """The GraphDef as the file has it; never changed. Of another format it has no nodes."""
    entry: ImageInput
    """Where an image enters."""
    output: str
    """Score tensor: `node:port` of a GraphDef, the tensor's name of another format."""
    format: ModelFormat = "graphdef"
    """What the file is; a SavedModel or a Keras file has become a GraphDef."""
    classes: int | None = None
    """Length of the score vector where a file of another format declares it."""


def read_model(path: Path, entry: str | None = None, output: str | None = None) -> ModelFile:
    """Read a model file; raises GraphError for anything that is no usable frozen GraphDef."""
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise GraphError(f"{path}: larger than a GraphDef can be ({MAX_MODEL_BYTES} bytes)")
    data = path.read_bytes()
    graph = parse(data, str(path))
    try:
        found, end = find_input(graph, entry), find_output(graph, output)
        _require_path(graph, found, end)
        return ModelFile(path, digest(data), graph, found, end)
    except GraphError as error:
        raise GraphError(f"{path}: {error}") from error


def _require_path(graph: GraphDef, entry: ImageInput, output: str) -> None:
    """Raise GraphError where the scores do not depend on the image, or a node is missing between.

    A cycle is not refused here: loops of TensorFlow are cycles.
    """
    needed = {node.name for node in ordered(graph, [output], allow_cycles=True)}
    if entry.pixels not in needed:
        raise GraphError(
            f"output '{output}' does not depend on input '{entry.pixels}'; name another one with "
            "--input or --output (in a case file: model.input, model.output)"
        )
