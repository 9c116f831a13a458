"""Operations that return their inputs; they need no binding."""

from typing import Any

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import UNBOUNDED, converts


@converts(
    "Identity",
    "StopGradient",
    "PreventGradient",
    "CheckNumerics",
    "Snapshot",
    "PlaceholderWithDefault",
    "EnsureShape",
)
def _forward_input(node: Node) -> Any:
    return node.inputs[0]


@converts("IdentityN", inputs=(1, UNBOUNDED))
def _forward_inputs(node: Node) -> Any:
    return list(node.inputs)
