"""The references of one session: one for GraphDefs, and the program of each other format."""

import threading
from collections.abc import Mapping

from harness.execution.kept_scores import ReferenceCache
from harness.execution.reference import Reference, open_reference
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.model_file import ModelFile
from harness.stacks.file_formats import format_named, reference_stack
from harness.stacks.protocol import StackDescription


class References:
    """Opens each when it is first asked for."""

    def __init__(self, stack: str, workers: WorkerPool, cache: ReferenceCache) -> None:
        self._stack, self._workers, self._cache = stack, workers, cache
        self._opened: dict[str, Reference] = {}
        self._guard = threading.Lock()

    @property
    def of_graphs(self) -> Reference:
        """What answers questions about GraphDefs."""
        return self.named(self._stack)

    def of(self, model: ModelFile) -> Reference:
        """What answers questions about a model: its own program where that is no GraphDef."""
        return self.named(reference_stack(format_named(model.format), self._stack))

    @property
    def descriptions(self) -> Mapping[str, StackDescription | dict[str, str]]:
        """By stack, what they have found so far; nothing is asked."""
        return {self._stack: {}} | {
            name: one.description or {} for name, one in self._opened.items()
        }

    def named(self, stack: str) -> Reference:
        """The reference of a stack, opened once."""
        with self._guard:
            if stack not in self._opened:
                self._opened[stack] = open_reference(stack, self._workers, self._cache)
            return self._opened[stack]
