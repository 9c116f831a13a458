"""A row over its runs as a line of blocks, one a run."""

from collections.abc import Sequence
from typing import Protocol

from harness.results.status import Status

BLOCKS = "▁▂▃▄▅▆▇█"
SMALLEST = 1e-6
"""Divergences that lie no further apart are drawn as one: float32 scores move so by rounding."""
FAILING, SKIPPED, UNMEASURED = "×", "·", "?"
"""What stands for a run in which the row failed, was skipped, or passed without a divergence."""


class RowPoint(Protocol):
    """A row in one run; a `RowInRun` is one."""

    @property
    def status(self) -> str:
        """As in Row."""

    @property
    def divergence(self) -> float | None:
        """As in Row; None where it was not measured."""


def sparkline(points: Sequence[RowPoint]) -> str:
    """The divergences of the runs in which the row passes, from the lowest to the highest one."""
    values = [p.divergence for p in points if Status(p.status).passing and p.divergence is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    return "".join(_mark(point, low, high) for point in points)


def _mark(point: RowPoint, low: float, high: float) -> str:
    kind = Status(point.status).kind
    if kind != "passing":
        return FAILING if kind == "failing" else SKIPPED
    return UNMEASURED if point.divergence is None else _block(point.divergence, low, high)


def _block(value: float, low: float, high: float) -> str:
    """The block of a value.

    >>> _block(0, 0, 1), _block(0.5, 0, 1), _block(1, 0, 1), _block(3, 3, 3)
    ('▁', '▅', '█', '▁')
    """
    share = (value - low) / max(high - low, SMALLEST)
    return BLOCKS[min(len(BLOCKS) - 1, int(share * len(BLOCKS)))]
