"""Which program is to be built: a candidate of a model, for tensors of one shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.graphdef.model_file import ModelFile
from harness.stacks.protocol import Stack


@dataclass(frozen=True)
class WantedBuild:
    """What a CandidateBuilder is asked for."""

    stack: Stack
    """The candidate's stack, with the steps that are to run."""
    candidate: Candidate
    """The candidate."""
    model: ModelFile
    """The model that it is made of."""
    shape: tuple[int, ...]
    """Shape of the pixel tensor."""
    limits: ResourceLimits
    """Bounds on each step."""
    pass_limits: Mapping[str, int] = field(default_factory=dict)
    """The `pass_limit` of steps by name."""
