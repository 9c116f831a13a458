"""Two runs → what changed between them; a pure function of their rows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.history.compared_row import ComparedRow, Names
from harness.history.matching import Pair, matched


@dataclass(frozen=True)
class RunRows:
    """One side of a comparison."""

    title: str
    """What people call the run: its id, or where its expectations stand."""
    rows: tuple[ComparedRow, ...]
    """Its rows, those that stand in for tasks that never began left out."""
    not_run: frozenset[Names] = frozenset()
    """The names of the latter."""
    whole_cases: frozenset[str] = frozenset()
    """Cases of which every comparison was selected; a row of another one may be absent because
    nobody asked for it."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Program to version."""

    def would_have(self, row: ComparedRow) -> bool:
        """Whether a row would be here if it still existed."""
        return row.case in self.whole_cases and row.names not in self.not_run


@dataclass(frozen=True)
class RunComparison:
    """What changed; each row is in one of the lists, or unchanged."""

    old: str
    """Title of the old run."""
    new: str
    """Title of the new run."""
    regressions: tuple[Pair, ...]
    """Rows that passed and fail now."""
    improvements: tuple[Pair, ...]
    """Rows that failed and pass now."""
    causes: tuple[Pair, ...]
    """Rows that fail for another reason than before."""
    changed: tuple[Pair, ...]
    """Other changes of status: among passing ones, to or from a known failure or a skip."""
    moved: tuple[Pair, ...]
    """Passing rows whose divergence moved by more than rounding may move it."""
    vanished: tuple[ComparedRow, ...]
    """Rows of cases that were run whole, that are gone."""
    appeared: tuple[ComparedRow, ...]
    """Rows that are new, of cases that had been run whole."""
    not_run_now: tuple[ComparedRow, ...]
    """Rows that the new run was not asked for, or did not come to."""
    not_run_before: tuple[ComparedRow, ...]
    """The same of the old run."""
    renamed: tuple[Pair, ...]
    """Rows, listed or unchanged, whose case, image or candidate has another name."""
    replaced: tuple[Pair, ...]
    """Rows, listed or unchanged, with another file under the same name."""
    versions: tuple[tuple[str, str, str], ...]
    """Program, old and new version, of those that differ; empty where one is not installed."""
    unchanged: int
    """How many rows are as they were."""

    @property
    def compared(self) -> int:
        """How many rows are in both runs."""
        lists = (self.regressions, self.improvements, self.causes, self.changed, self.moved)
        return self.unchanged + sum(map(len, lists))


def compare_runs(old: RunRows, new: RunRows) -> RunComparison:
    """What changed from one run to another; of a run with itself, nothing."""
    found = matched(old.rows, new.rows)
    by_change: dict[str, list[Pair]] = {}
    for pair in found.pairs:
        by_change.setdefault(change(pair), []).append(pair)
    lists = {
        name: tuple(by_change.get(name, ()))
        for name in ("regressions", "improvements", "causes", "changed", "moved")
    }
    return RunComparison(
        old=old.title,
        new=new.title,
        **lists,
        vanished=tuple(row for row in found.old if new.would_have(row)),
        appeared=tuple(row for row in found.new if old.would_have(row)),
        not_run_now=tuple(row for row in found.old if not new.would_have(row)),
        not_run_before=tuple(row for row in found.new if not old.would_have(row)),
        renamed=tuple(pair for pair in found.pairs if pair.renamed),
        replaced=tuple(pair for pair in found.pairs if pair.replaced),
        versions=changed_versions(old.versions, new.versions),
        unchanged=len(by_change.get("", ())),
    )


def change(pair: Pair) -> str:
    """The list of `RunComparison` that a pair belongs to; empty where nothing changed."""
    old, new = pair.old, pair.new
    if old.passing and new.kind == "failing":
        return "regressions"
    if old.kind == "failing" and new.passing:
        return "improvements"
    if old.fails and new.fails and old.cause != new.cause:
        return "causes"
    if (old.status, old.kind) != (new.status, new.kind):
        return "changed"
    return "moved" if old.passing and moved(pair) else ""


def moved(pair: Pair) -> bool:
    """Whether the divergence moved by more than rounding may move it, where both are known.

    The bound is the larger one of both rows' noise and near_tie / 2, by which the verdict lets a
    score move (docs/verdict.md); a divergence of another class is another figure.
    """
    old, new = pair.old, pair.new
    if None not in (old.top1_class, new.top1_class) and old.top1_class != new.top1_class:
        return True
    known = [one.rounding for one in (old, new) if not math.isnan(one.rounding)]
    return abs(new.divergence - old.divergence) > max(known, default=0.0)  # NaN is not more


def changed_versions(
    old: Mapping[str, str], new: Mapping[str, str]
) -> tuple[tuple[str, str, str], ...]:
    """Program, old and new version, of those that differ; none where one side is unknown."""
    if not old or not new:
        return ()
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in sorted({**old, **new}))
    return tuple(one for one in pairs if one[1] != one[2])
