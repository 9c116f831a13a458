"""Padding with a constant, or with mirrored elements."""

from typing import Any

import numpy as np
from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts

_MIRRORS = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}


def _amounts(node: Node) -> list[tuple[int, int]]:
    """(before, after) for each axis."""
    numbers = node.integers(1)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if len(pairs) != node.rank() or min(numbers, default=0) < 0:
        raise node.unsupported(f"paddings {pairs} of {node.rank()} dimensions")
    return pairs


@converts("Pad", "PadV2", inputs=(2, 3))
def _pad(node: Node) -> Any:
    fill = node.array(2).item() if len(node) > 2 else 0  # noqa: PLR2004
    amounts = [amount for pair in _amounts(node) for amount in pair]
    return relax.op.nn.pad(node.tensor(0), amounts, "constant", float(fill))


@converts("MirrorPad", inputs=2)
def _mirror_pad(node: Node) -> Any:
    """Takes rows by index, one axis after another; SYMMETRIC repeats the edge, REFLECT doesn't."""
    mode = _MIRRORS[node.attributes.text("mode", "", tuple(_MIRRORS))]
    padded = node.tensor(0)
    for axis, pair in enumerate(_amounts(node)):
        if max(pair) > node.shape()[axis] - (mode == "reflect"):
            raise node.unsupported(f"axis {axis} has too few rows to mirror {pair} of them")
        if any(pair):
            rows = np.pad(np.arange(node.shape()[axis], dtype=np.int32), pair, mode)  # type: ignore[call-overload]
            mirrored = relax.op.take(padded, constant(rows), axis, "clip")
            padded = node.bind(f"axis{axis}", mirrored)
    return padded
