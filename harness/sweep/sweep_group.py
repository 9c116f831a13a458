"""What the figures of a sweep are of."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class SweepGroup:
    """What one set of statistics is of."""

    case: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
