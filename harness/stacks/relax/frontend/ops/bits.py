"""Whole numbers bit by bit, and their division towards zero."""

from collections.abc import Callable
from typing import Any

import numpy as np
from tvm import relax

from harness.stacks.relax.frontend.node import WHOLE, Node
from harness.stacks.relax.frontend.registry import converts

_PAIRS = {
    "BitwiseAnd": relax.op.bitwise_and,
    "BitwiseOr": relax.op.bitwise_or,
    "BitwiseXor": relax.op.bitwise_xor,
}
_SHIFTS = {"LeftShift": relax.op.left_shift, "RightShift": relax.op.right_shift}


def _register(op: str, function: Callable[..., Any]) -> None:
    @converts(op, inputs=2, types=WHOLE)
    def _(node: Node) -> Any:
        by = node.tensor(1) if op in _PAIRS else _distance(node)
        return function(node.tensor(0), by)


def _distance(node: Node) -> Any:
    """By how much to shift, as TensorFlow limits it: from 0 to the type's bits − 1."""
    bits = np.iinfo(node.dtype()).bits
    positive = node.bind("positive", relax.op.maximum(node.tensor(1), node.scalar_like(1, 0)))
    return node.bind("distance", relax.op.minimum(positive, node.scalar_like(1, bits - 1)))


for _op, _function in (_PAIRS | _SHIFTS).items():
    _register(_op, _function)


@converts("Invert", types=WHOLE)
def _invert(node: Node) -> Any:
    return relax.op.bitwise_not(node.tensor(0))


@converts("TruncateMod", "Mod", inputs=2)
def _remainder(node: Node) -> Any:
    """Has the dividend's sign; C's fmod for floats."""
    return relax.op.mod(node.tensor(0), node.tensor(1))


@converts("TruncateDiv", inputs=2, types=WHOLE)
def _towards_zero(node: Node) -> Any:
    return relax.op.divide(node.tensor(0), node.tensor(1))
