"""A model file, read once: its graph, where images enter, where scores leave."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import graph as surgery
from harness.errors import GraphError


@dataclass(frozen=True)
class Model:
    """A parsed frozen GraphDef with its ends found."""

    path: Path
    sha256: str
    graph: Any
    """The GraphDef as the file has it; never changed."""
    entry: surgery.Input
    output: str
    """Score tensor, `node:port`."""


def read_model(path: Path, entry: str | None = None, output: str | None = None) -> Model:
    """Read a model file; raises GraphError for anything that is no usable frozen GraphDef."""
    if path.stat().st_size > surgery.MAX_MODEL_BYTES:
        raise GraphError(f"{path}: larger than a GraphDef can be ({surgery.MAX_MODEL_BYTES} bytes)")
    data = path.read_bytes()
    graph = surgery.parse(data, str(path))
    try:
        found = surgery.find_input(graph, entry)
        return Model(path, surgery.digest(data), graph, found, surgery.find_output(graph, output))
    except GraphError as error:
        raise GraphError(f"{path}: {error}") from error
