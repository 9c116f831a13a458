"""Branches and loops that constants decide: the chosen branch, or as many copies of the body."""

from collections.abc import Sequence
from typing import Any

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import UNBOUNDED, converts
from harness.stacks.relax.frontend.value import Known, Value

MAX_ITERATIONS = 1000
"""Of a loop that is unrolled; recurrent networks over text or sound may have hundreds."""


@converts("If", "StatelessIf", inputs=(1, UNBOUNDED))
def _if(node: Node) -> Any:
    chosen = "then_branch" if _is_true(node, node.inputs[0]) else "else_branch"
    return node.called(node.attributes.function(chosen), node.inputs[1:])


@converts("Case", "StatelessCase", inputs=(1, UNBOUNDED))
def _case(node: Node) -> Any:
    """The branch of that index, the last one for any that there is not."""
    branches = node.attributes.functions("branches")
    if not isinstance(node.inputs[0], Known):
        raise _undecided(node, "which branch")
    index = node.integer(0)
    last = len(branches) - 1
    return node.called(branches[index if 0 <= index <= last else last], node.inputs[1:])


@converts("While", "StatelessWhile", inputs=(1, UNBOUNDED))
def _while(node: Node) -> Any:
    """Unrolled while its condition is known to be true; step i is named `name/i`."""
    condition, body = (node.attributes.function(key) for key in ("cond", "body"))
    state: Sequence[Value] = node.inputs
    for step in range(MAX_ITERATIONS + 1):
        (proceeds,) = node.called(condition, state, f"{step}/condition")
        if not _is_true(node, proceeds):
            return list(state)
        state = node.called(body, state, f"{step}")
    raise node.unsupported(f"it runs more than {MAX_ITERATIONS} times; so many are unrolled")


def _is_true(node: Node, value: Value) -> bool:
    """A number that is not 0; a tensor of another rank is true where it has elements."""
    if not isinstance(value, Known):
        raise _undecided(node, "its condition")
    return bool(value.array) if not value.shape else 0 not in value.shape


def _undecided(node: Node, what: str) -> Any:
    return node.unsupported(
        f"{what} depends on what the graph is fed; expected one that is known while importing"
    )
