"""A GraphDef as deterministic bytes, and SHA-256 digests of what a graph is fed."""

import hashlib
from typing import Any

from harness.graphdef.wire import GraphDef


def to_bytes(graph: GraphDef) -> bytes:
    """Deterministic bytes: the same graph gives the same bytes, so they can be hashed."""
    return bytes(graph.SerializeToString(deterministic=True))


def digest(data: Any) -> str:
    """SHA-256 of bytes, or of an array's values, type and shape."""
    head = "" if isinstance(data, bytes) else f"{data.dtype}{data.shape}"
    return hashlib.sha256(head.encode() + bytes(data)).hexdigest()
