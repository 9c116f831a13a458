"""What was measured of one program on one image, kernel by kernel."""

import math
from dataclasses import dataclass

from harness.locate.rule import NONE, TensorError


@dataclass(frozen=True)
class Effect:
    """What a kernel's error does to the scores."""

    amplification: float
    """Largest movement of a score over the largest error of the kernel's output, both absolute."""
    remaining: float
    """Largest |candidate's − reference's score| once the kernel's output is the truth."""


@dataclass(frozen=True)
class KernelEvidence:
    """One kernel whose output is a tensor of the graph, held against its nodes."""

    kernel: str
    """Name of the kernel in the library."""
    number: int
    """Its place in running order, from 0."""
    joined: tuple[str, ...]
    """Names of the kernels before it that are measured with it, their outputs being no tensor."""
    tensor: str
    """The tensor, `node:port`."""
    nodes: tuple[str, ...]
    """Names of the nodes that it computes, in running order; empty where it only moves a tensor."""
    shape: tuple[int, ...]
    """Shape of the tensor in the graph."""
    layout: str
    """How the kernel holds it; empty for the graph's own layout."""
    by_value: bool
    """Whether it was paired with the tensor by its values; otherwise by its place."""
    propagated: TensorError
    """Error of its output in the whole run."""
    reference_propagated: TensorError
    """The reference's own error at that tensor."""
    local: TensorError = NONE
    """Error of its output where its inputs are the reference's own tensors."""
    reference_local: TensorError = NONE
    """What the reference makes of the same inputs."""
    explained: TensorError = NONE
    """L: how far rounding may move the same nodes."""
    excess: float = math.nan
    """The local error over its limit: beyond 1 it is faulty. NaN where it was not measured."""
    effect: Effect | None = None
    """Of a faulty kernel."""

    @property
    def faulty(self) -> bool:
        """Whether rounding does not explain its error."""
        return self.excess > 1

    @property
    def checked(self) -> bool:
        """Whether its local error was measured."""
        return not math.isnan(self.excess)


@dataclass(frozen=True)
class ImageEvidence:
    """What was measured on one image."""

    image: str
    """Name of the image."""
    same_bits: bool
    """Whether the observed run gave the bits of the plain run."""
    divergence: float
    """Largest |candidate's − reference's score|."""
    kernels: tuple[KernelEvidence, ...]
    """The kernels whose output is a tensor of the graph, in running order."""
    unmatched: tuple[str, ...]
    """Names of the kernels that match nothing and belong to no kernel that does."""
    nodes: int
    """Nodes of the graph that depend on the image."""
    matched: int
    """Nodes whose own result is a kernel's output."""
    inside: int
    """Nodes within a kernel that is checked as a whole."""
    unchecked: tuple[str, ...]
    """Nodes that no checked kernel holds: of them nothing is known."""
