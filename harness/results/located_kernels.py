"""What `parity locate` measured of a failing row's program, as the report draws it."""

from pydantic import BaseModel, ConfigDict

from harness.results.table import Number


class DrawnKernel(BaseModel):
    """The errors of one kernel's output, each the largest |x − t| / (rms(t) + |t|)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tensor: str
    """The tensor of the graph that it computes, `node:port`."""
    propagated: Number
    """Error in the whole run."""
    reference_propagated: Number
    """The reference's own error at that tensor."""
    local: Number
    """Error where its inputs are the reference's own tensors; NaN where it was not measured."""
    reference_local: Number
    """What the reference makes of the same inputs."""
    limit: Number
    """The largest local error that rounding explains."""
    faulty: bool
    """Whether rounding does not explain what it computes."""


class NearNode(BaseModel):
    """A node of a faulty kernel, or one next to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """Its name."""
    op: str
    """Its operation."""
    attributes: str
    """Its attributes, `name = value` each."""
    reads: tuple[str, ...]
    """Names of the nodes that it reads."""
    faulty: bool
    """Whether it belongs to a faulty kernel."""


class LocatedKernels(BaseModel):
    """The kernels of one program on one image."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    verdict: str
    """What was found, in a sentence."""
    kernels: tuple[DrawnKernel, ...]
    """In running order."""
    near: tuple[NearNode, ...]
    """The graph around the faulty kernels, in the order of the graph."""
    nodes_left_out: int = 0
    """How many nodes there were more."""
