"""What a proof has found, counted: which faults are failing rows, which healthy rows fail."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from harness.proof.kept import KeptJob, ProofRow

MATERIAL = 10.0
"""Every fault that moves float64 truth by more than this many times the noise must be found."""
CLEAR = 5.0
"""Of those that move it by more than this, the share REQUIRED must be found."""
REQUIRED = 0.95
CLASSES: Mapping[str, tuple[float, float]] = {
    "> 10": (MATERIAL, math.inf),
    "5 to 10": (CLEAR, MATERIAL),
    "3 to 5": (3.0, CLEAR),
    "≤ 3": (-math.inf, 3.0),
}
"""Columns of the tables: how many times the noise a fault moves truth, (more than, up to)."""


@dataclass(frozen=True)
class Count:
    """Rows, and those of them that the harness calls a mismatch."""

    rows: int
    """How many."""
    found: int
    """How many of them are mismatches."""

    @classmethod
    def of(cls, rows: Iterable[ProofRow]) -> "Count":
        """Count rows."""
        found = [row.found for row in rows]
        return cls(len(found), sum(found))

    def __str__(self) -> str:
        return f"{self.found} of {self.rows}" if self.rows else ""


@dataclass(frozen=True)
class Proof:
    """Everything that was tried."""

    jobs: tuple[KeptJob, ...]
    """Each model on each route; of rows that two jobs have, the last one's counts, and one with
    `naming` before one without."""

    @cached_property
    def rows(self) -> tuple[ProofRow, ...]:
        """Every row, once."""
        by_place = {
            (row.model, row.route, row.photo, row.what, row.kind, row.where, row.amount): row
            for row in sorted(
                (row for job in self.jobs for row in job.rows), key=lambda row: bool(row.naming)
            )
        }
        return tuple(by_place.values())

    @property
    def faults(self) -> Iterator[ProofRow]:
        """Rows of faults in which scores were compared and the movement of truth is known."""
        compared = (row for row in self.rows if row.what == "fault" and row.compared)
        return (row for row in compared if not math.isnan(row.times))

    @property
    def healthy(self) -> Iterator[ProofRow]:
        """Rows of whole models and of rewrites in which scores were compared."""
        return (row for row in self.rows if row.what != "fault" and row.compared)

    @property
    def not_compared(self) -> Iterator[ProofRow]:
        """Rows that prove nothing: the route can't build the graph, or truth is not known."""
        for row in self.rows:
            if not row.compared or (row.what == "fault" and math.isnan(row.times)):
                yield row

    @property
    def missed(self) -> list[ProofRow]:
        """Faults beyond CLEAR that no row shows, the largest first."""
        missed = [row for row in self.faults if row.times > CLEAR and not row.found]
        return sorted(missed, key=lambda row: -row.times)

    @property
    def located(self) -> list[ProofRow]:
        """Faults beyond MATERIAL whose node was looked for."""
        return [row for row in self.faults if row.naming and row.times > MATERIAL]

    @property
    def false_alarms(self) -> list[ProofRow]:
        """Healthy rows that are mismatches."""
        return [row for row in self.healthy if row.found]

    @property
    def holds(self) -> bool:
        """Whether the bars are reached, and something was compared."""
        material = Count.of(row for row in self.faults if row.times > MATERIAL)
        clear = Count.of(row for row in self.faults if row.times > CLEAR)
        return (
            material.found == material.rows
            and clear.found >= REQUIRED * clear.rows
            and not self.false_alarms
            and any(True for _ in self.healthy)
        )


def by_class(faults: Iterable[ProofRow]) -> dict[str, Count]:
    """Faults by the columns of CLASSES."""
    known = list(faults)
    return {
        name: Count.of(row for row in known if low < row.times <= high)
        for name, (low, high) in CLASSES.items()
    }


def grouped(rows: Iterable[ProofRow], name: Callable[[ProofRow], str]) -> dict[str, list[ProofRow]]:
    """Rows by a name, in the order of their names."""
    groups: dict[str, list[ProofRow]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return dict(sorted(groups.items()))
