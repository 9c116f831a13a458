"""`Census`: what of a run is not under full check, why, and since when."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Exemption = Literal["known failure", "skipped", "tolerance", "scope left out"]
"""Why a comparison is not under full check. `tolerance`: one that is typed, and wider than the
default or in place of the measured rule."""


class Unchecked(BaseModel):
    """Comparisons of one case that are not under full check for one reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Exemption
    """What exempts them."""
    case: str
    """Name of the case."""
    about: str
    """Which of its comparisons, in words."""
    comparisons: int
    """How many."""
    reason: str
    """Why, as the case file, or the status of the rows, says it."""
    since: str = ""
    """The day of the entry in the case file, YYYY-MM-DD; empty where it does not say."""
    until: str = ""
    """Until when it holds; empty where it has no end."""


class Census(BaseModel):
    """All comparisons of a run's tasks, those of scopes left out included."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    comparisons: int
    """All of them."""
    checked: int
    """Those under full check."""
    entries: tuple[Unchecked, ...] = ()
    """What exempts the others; a known failure that excuses nothing counts 0."""

    @property
    def unchecked_percent(self) -> float:
        """Comparisons that are not under full check, percent of all."""
        left = self.comparisons - self.checked
        return 100 * left / self.comparisons if self.comparisons else 0.0
