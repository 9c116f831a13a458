"""One run of a model file that is no GraphDef."""

from dataclasses import dataclass

from harness.execution.graph_runs import GraphRun
from harness.stacks.protocol import ArtefactOptions


@dataclass(frozen=True)
class FileRun(GraphRun):
    """As `GraphRun`; input and output have the names that the file gives them."""

    @property
    def fed(self) -> str:
        """Name under which the program is fed."""
        return self.feed

    @property
    def options(self) -> ArtefactOptions:
        """With what the stack opens the file: its folder."""
        return {
            "artefacts": str(self.graph.path),
            "target": "",
            "input": self.feed,
            "intra_op": self.settings.intra_op_threads,
            "inter_op": self.settings.inter_op_threads,
        }
