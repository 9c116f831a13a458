"""Whether a sweep in random order may stop: every gate is decided, or one has failed.

Blocks arrive in another order than the images were drawn in, and a slow image may be one of a kind.
So only the images before the first one that has not arrived are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from harness.cases.gates import Gates
from harness.results.status import Status
from harness.sweep.decisions import GateOutcome
from harness.sweep.gates import GateCounts, GateResult, decide_counts
from harness.sweep.sweep_group import SweepGroup

COLUMNS = (
    "image",
    "case",
    "candidate",
    "scope",
    "status",
    "known_failure",
    "top1_equal",
    "true_class",
    "top1_class",
    "candidate_top1_class",
)
"""What is read of a row."""
EVERY = 16
"""Images between two looks: which images decide depends on their order alone."""
ImageRow = Mapping[str, Any]
"""Those columns of one row."""


@dataclass
class Stopping:
    """Counts rows as they arrive, and says when they decide."""

    gates: Gates
    """What has to be decided."""
    order: Iterator[str]
    """Names of the images in the random order."""
    selected: int
    """How many there are."""
    groups: Sequence[SweepGroup]
    """Those that have rows of each image."""
    images: int = 0
    """Images that are counted."""
    results: tuple[GateResult, ...] = ()
    """The gates, of the counted images; empty where none is."""
    _arrived: dict[str, Sequence[ImageRow]] = field(default_factory=dict)
    _next: str | None = None
    _counts: dict[SweepGroup, GateCounts] = field(default_factory=dict)

    @property
    def decided(self) -> bool:
        """Whether no further image is needed."""
        outcomes = {one.outcome for one in self.results}
        return bool(outcomes) and (
            GateOutcome.FAILED in outcomes or GateOutcome.INCONCLUSIVE not in outcomes
        )

    def add(self, table: Any) -> None:
        """The rows of some images, a `pyarrow.Table`."""
        for name, rows in by_image(table).items():
            self.count(name, rows)

    def count(self, name: str, rows: Sequence[ImageRow]) -> None:
        """All rows of one image; once it is decided they change nothing."""
        self._arrived[name] = rows
        while not self.decided and (found := self._arrived.pop(self._wanted(), ())):
            self._next = None
            self.images += 1
            for row in found:
                self._add(row)
            if self.images % EVERY == 0 or self.images == self.selected:
                self._decide()

    def _decide(self) -> None:
        gates, groups = self.gates, self.groups
        found = decide_counts(gates, self._counts, self.selected, groups, at_any_time=True)
        self.results = found

    def _wanted(self) -> str:
        """Name of the first image that has not been counted; empty after the last."""
        if self._next is None:
            self._next = next(islice(self.order, 1), "")
        return self._next

    def _add(self, row: ImageRow) -> None:
        group = SweepGroup(row["case"], row["candidate"], row["scope"])
        self._counts[group] = _with(self._counts.get(group, GateCounts()), row)


def by_image(table: Any) -> dict[str, list[ImageRow]]:
    """The rows of a `pyarrow.Table` by the names of their images."""
    found: dict[str, list[ImageRow]] = {}
    for row in table.select(COLUMNS).to_pylist():
        found.setdefault(row["image"], []).append(row)
    return found


def _with(counts: GateCounts, row: ImageRow) -> GateCounts:
    """One image more."""
    compared, true = row["top1_equal"] is not None, row["true_class"]
    labelled = compared and true is not None
    right = labelled and row["top1_class"] == true
    candidate_right = labelled and row["candidate_top1_class"] == true
    excused = bool(row["known_failure"])
    return GateCounts(
        finished=counts.finished + 1,
        compared=counts.compared + compared,
        equal=counts.equal + bool(row["top1_equal"]),
        missing=counts.missing + (not compared),
        labelled=counts.labelled + labelled,
        lost=counts.lost + (right and not candidate_right),
        gained=counts.gained + (candidate_right and not right),
        mismatches=counts.mismatches
        + (compared and not excused and row["status"] == Status.MISMATCH.value),
    )
