"""The reference's tensors by name, fetched when they are asked for and kept in files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from harness.graphdef.access import tensor_of
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.tensor_files import TensorFiles


@dataclass(frozen=True)
class FetchedValues:
    """Callable as `graph_part.Values`; raises NoAnswer where the reference gives no answer."""

    reference: ReferenceTensors
    """The reference on one model and pixel tensor."""
    files: TensorFiles
    """Where the tensors are kept."""

    def fetch(self, names: Sequence[str]) -> None:
        """Get tensors that are not there yet, in one call."""
        wanted = [name for name in dict.fromkeys(names) if name not in self.files.names]
        if wanted:
            self.reference.values(wanted, self.files)

    def __call__(self, name: str) -> NDArray[Any] | None:
        """A tensor `node:port`; None where it holds no floating point numbers."""
        question = self.reference.question
        if name == tensor_of(question.model.entry.pixels):
            return question.value
        self.fetch([name])
        return self.files.load(name) if name in self.files.shapes else None
