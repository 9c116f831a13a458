"""Both models of a task as they can be taken apart, with the reference's tensors."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from harness.execution.graphdef_reference import GraphDefReference
from harness.execution.reference import Question
from harness.graphdef.access import data_entries, node_of, tensor_of
from harness.graphdef.cut import cut
from harness.graphdef.model_file import ModelFile
from harness.graphdef.wire import GraphDef
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.reproducers.fetched_values import FetchedValues
from harness.locate.reproducers.graph_part import Ends, ends_of, part_between
from harness.locate.reproducers.reduction import FedParts
from harness.locate.tensor_files import TensorFiles
from harness.locate.wiring import Wiring
from harness.run.plan import Task
from harness.run.prepared_image import bounds


@dataclass(frozen=True)
class PartedModels:
    """The models as a compiler is given them."""

    reference: GraphDef
    """The reference's graph, cut."""
    candidate: GraphDef
    """The graph that the candidate is compiled from, cut; the same object where it is the same."""
    wiring: Wiring
    """The graph whose nodes are named: the reference's."""
    values: FetchedValues
    """The reference's tensors."""

    def between(self, ends: Ends) -> FedParts | None:
        """The parts between ends; None where one of the graphs has none."""
        candidate = part_between(self.candidate, ends, self.values)
        same = self.reference is self.candidate
        reference = candidate if same else part_between(self.reference, ends, self.values)
        value = self.values(ends.sources[0])
        if candidate is None or reference is None or value is None:
            return None
        return FedParts(candidate, reference, value)

    def of(self, names: Sequence[str]) -> FedParts | None:
        """The parts that the last of these nodes needs of them."""
        ends = ends_of(names, self.wiring)
        return self.between(ends) if ends else None

    def fetch(self, names: Sequence[str]) -> None:
        """Get what these nodes read, in one call; raises NoAnswer."""
        nodes = [self.wiring.nodes[name] for name in names if name in self.wiring.nodes]
        read = [tensor_of(one) for node in nodes for one in data_entries(node)]
        pixels = tensor_of(self.wiring.pixels)
        live = [one for one in read if node_of(one) in self.wiring.nodes and one != pixels]
        self.values.fetch(live)


@contextmanager
def parted_models(
    task: Task,
    models: tuple[ModelFile, ModelFile],
    reference: GraphDefReference,
    tensor: NDArray[Any],
) -> Iterator[PartedModels]:
    """The models of the reference and of the candidate; fetched tensors go at the end."""
    first, other = models
    graph = cut(first.graph, first.entry, first.output, tensor.shape)
    same = other is first
    compiled = graph if same else cut(other.graph, other.entry, other.output, tensor.shape)
    question = Question.on_tensor(first, task.case.preprocess, task.case.reference, tensor)
    wiring = Wiring(graph, first.entry.pixels, first.output)
    with tempfile.TemporaryDirectory(prefix="parity-parts-") as folder:
        files = TensorFiles(Path(folder))
        values = FetchedValues(ReferenceTensors(reference, question, bounds(task)), files)
        yield PartedModels(graph, compiled, wiring, values)
