"""Every rewrite by its name, and those that a graph has a place for."""

from harness.errors import UsageError, nearest
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.proof.rewrites import (  # importing them registers their rewrites
    affine,  # noqa: F401
    batch_norms,  # noqa: F401
    convolutions,  # noqa: F401
    dense,  # noqa: F401
    serialisations,  # noqa: F401
    softmax,  # noqa: F401
)
from harness.proof.rewrites.rewriting import REWRITES

__all__ = ["REWRITES", "equal_graph", "require_rewrite"]


def require_rewrite(name: str) -> None:
    """Raise UsageError for an unknown rewrite."""
    if name not in REWRITES:
        raise UsageError(f"no rewrite '{name}'; {nearest(name, REWRITES)}")


def equal_graph(name: str, graph: GraphDef) -> GraphDef | None:
    """The graph written otherwise; None where it has no place for that rewrite."""
    found = REWRITES[name].apply(graph)
    return None if to_bytes(found) == to_bytes(graph) else found
