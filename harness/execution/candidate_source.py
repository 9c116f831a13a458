"""What the first build step of a candidate reads: a GraphDef cut to size, or a file as it is."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import GraphError
from harness.execution.build_cache import Facts, key_of
from harness.execution.outcome import NoAnswer
from harness.graphdef.cut import cut
from harness.graphdef.model_file import FORMAT_WORDS, ModelFile
from harness.graphdef.serialise import digest, to_bytes
from harness.results.status import Status
from harness.stacks.file_formats import format_named
from harness.stacks.protocol import BuildStep, Stack
from harness.stacks.registry import all_stacks

GRAPH_FILE = "graph.pb"
"""Name of the cut GraphDef in its cache entry."""
CONVERT = "convert"
"""Name of the step that writes a file of the format that a stack takes as it is."""


@dataclass(frozen=True)
class CandidateSource:
    """An entry of the cache that holds it."""

    key: str
    """Its key."""
    write: Callable[[Path], Facts]
    """Fills its folder."""
    file: str = ""
    """Name of the file that is given to the first step; empty where the folder is."""

    def place(self, folder: Path) -> Path:
        """What the first step is given, of the entry's folder."""
        return folder / self.file


def candidate_source(
    stack: Stack, model: ModelFile, shape: tuple[int, ...]
) -> tuple[CandidateSource, tuple[BuildStep, ...]]:
    """The source for pixel tensors of that shape, and the steps that go on from there.

    Raises NoAnswer where the stack can't take the model.
    """
    if model.format == "graphdef":
        try:
            data = to_bytes(cut(model.graph, model.entry, model.output, shape))
        except GraphError as error:
            raise NoAnswer(Status.IMPORT_FAILED, str(error), "import") from error

        def write(folder: Path) -> Facts:
            (folder / GRAPH_FILE).write_bytes(data)
            return {}

        return CandidateSource(key_of(graph=digest(data)), write, GRAPH_FILE), stack.steps
    if stack.takes != model.format:
        raise NoAnswer(Status.IMPORT_FAILED, f"import: {_refusal(stack, model)}", "import")
    return file_source(model), tuple(step for step in stack.steps if step.name != CONVERT)


def file_source(model: ModelFile) -> CandidateSource:
    """The entry that holds a model file of another format than GraphDef, as it is."""
    found = format_named(model.format)
    if found is None:
        raise ValueError(f"{model.path} is {FORMAT_WORDS[model.format]}")
    name = found.file

    def copy(folder: Path) -> Facts:
        shutil.copyfile(model.path, folder / name)
        if file_sha256(folder / name) != model.sha256:
            reason = f"nothing was compared: {model.path} has changed since it was read"
            raise NoAnswer(Status.NO_EVIDENCE, reason)
        return {}

    return CandidateSource(key_of(file=model.sha256, name=name), copy)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hex, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(stack: Stack, model: ModelFile) -> str:
    able = ", ".join(one.name for one in all_stacks().values() if one.takes == model.format)
    return (
        f"stack '{stack.name}' takes GraphDefs, and the model is {FORMAT_WORDS[model.format]}, "
        f"{model.path.name}; stacks that take such a file: {able}"
    )
