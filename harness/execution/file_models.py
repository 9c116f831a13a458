"""Models that are run as they are, ONNX and TFLite files: read once, in a worker process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from harness.errors import GraphError
from harness.execution.build_cache import BuildCache, Facts, key_of
from harness.execution.candidate_source import file_sha256
from harness.execution.worker_call import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.declared_tensors import DeclaredTensor, declared_input, declared_output
from harness.graphdef.model_file import FORMAT_WORDS, ModelFile
from harness.graphdef.parse import MAX_MODEL_BYTES
from harness.graphdef.wire import GraphDef
from harness.stacks.file_formats import DeclaredFile, FileFormat, TensorFacts
from harness.stacks.protocol import function_path
from harness.stacks.registry import stack_named
from harness.stacks.sources import source_digest

LIMITS = CallLimits(timeout_s=300, memory_gib=16)
"""Of reading what a file declares."""
FACTS = "facts"
"""Name of the empty file that makes an entry of the cache whole."""


@dataclass(frozen=True)
class FileModels:
    """Reads models by worker processes."""

    workers: WorkerPool
    """The processes."""
    cache: BuildCache
    """Where is kept what files declare."""

    def read(
        self, path: Path, found: FileFormat, entry: str | None, output: str | None
    ) -> ModelFile:
        """The model of a file; raises GraphError, and StackError where no program reads it here."""
        size = path.stat().st_size
        if not 0 < size <= MAX_MODEL_BYTES:
            raise GraphError(f"{path} has {size} bytes; expected 1 to {MAX_MODEL_BYTES}")
        sha256 = file_sha256(path)
        declared = self._declared(path, sha256, found)
        try:
            scores = declared_output(_tensors(declared["outputs"]), output)
            image = declared_input(_tensors(declared["inputs"]), entry)
        except GraphError as error:
            raise GraphError(f"{path}: {error}") from error
        classes = scores.shape[-1] if scores.shape else None
        return ModelFile(path, sha256, GraphDef(), image, scores.name, found.name, classes)

    def _declared(self, path: Path, sha256: str, found: FileFormat) -> DeclaredFile:
        stack = stack_named(found.reference)
        key = key_of(
            file=sha256,
            versions=stack.versions(),
            code=source_digest(found.facts.__module__),
        )

        def make(folder: Path) -> Facts:
            name, request = f"reading-{found.name}", {"path": str(path.resolve())}
            reply = self.workers.once(
                name, stack.environment, function_path(found.facts), request, LIMITS
            )
            (folder / FACTS).touch()
            return dict(reply.payload)

        try:
            return cast(DeclaredFile, self.cache.obtain(key, make, self.workers.stopped).facts)
        except WorkerError as error:
            raise GraphError(
                f"{path}: can't be read as {FORMAT_WORDS[found.name]}: {error.message}"
            ) from error


def _tensors(found: Sequence[TensorFacts]) -> list[DeclaredTensor]:
    return [DeclaredTensor(one["name"], one["dtype"], tuple(one["shape"])) for one in found]
