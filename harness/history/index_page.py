"""`index.html` in the folder of reports: every run with its verdict, newest first, and a trend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.history.comparison import changed_versions
from harness.history.kept_run import INCOMPLETE, KeptRun
from harness.reports.page_template import page_template
from harness.results import files as disk
from harness.results.kinds import KINDS, Kind

NAME = "index.html"
LISTED, DRAWN = 500, 90
"""Runs in the table and in the trend."""
PAGE = "report.html"
SMALLEST = 0.04
"""Share of a column that any row of a kind is drawn with, so that one of thousands is seen."""


@dataclass(frozen=True)
class RunLine:
    """One run."""

    run: KeptRun
    """As it is kept."""
    link: str
    """Its page, relative to the index; empty where there is none."""
    versions: tuple[tuple[str, str, str], ...]
    """Programs whose version is another than in the run before: name, old, new."""

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many rows are of each kind."""
        return _counts(self.run)

    @property
    def started(self) -> str:
        """For people, UTC."""
        return self.run.run_started.replace("T", " ")[:16]

    @property
    def verdict(self) -> str:
        """The outcome in two words."""
        return verdict(self.run)[1]

    @property
    def tone(self) -> Kind:
        """Its colour."""
        return verdict(self.run)[0]


@dataclass(frozen=True)
class TrendBar:
    """The rows of one kind in one run."""

    kind: Kind
    """The kind."""
    column: int
    """The run, from 0, oldest first."""
    top: float
    """Distance from the top, percent."""
    height: float
    """Percent."""


def verdict(run: KeptRun) -> tuple[Kind, str]:
    """A run's kind, for its colour, and its outcome in two words."""
    if run.failing:
        return "failing", f"{run.failing} fail{'' if run.failing > 1 else 's'}"
    if run.state == INCOMPLETE:
        return "skipped", "incomplete"
    if not run.passing:
        return "skipped", "nothing passed"
    if run.known:
        return "known", "known failures"
    return ("skipped", "some skipped") if run.skipped else ("passing", "all pass")


def write_index(root: Path, runs: Sequence[KeptRun]) -> None:
    """Write the page of these runs, the oldest first, below `root`; raises OSError."""
    disk.write(root / NAME, index_page(root, runs).encode())


def index_page(root: Path, runs: Sequence[KeptRun]) -> str:
    """HTML of these runs, the oldest first; links lead to the pages that are there."""
    shown = runs[-LISTED:]
    before = [None, *runs][-len(shown) - 1 : -1]
    lines = [
        RunLine(run, _link(root, run), _versions(old, run) if old else ())
        for old, run in zip(before, shown, strict=True)
    ]
    tone, outcome = verdict(runs[-1]) if runs else ("skipped", "")
    drawn = runs[-DRAWN:]
    return page_template("index.html.jinja").render(
        title=f"Newest run: {outcome}" if runs else "No run is kept",
        tone=tone if tone in ("passing", "failing") else "attention",
        total=len(runs),
        lines=lines[::-1],
        trend=[bar for column, run in enumerate(drawn) for bar in bars(column, run)],
        columns=len(drawn),
        trend_text=f"Of the last {len(drawn)} runs {sum(bool(r.failing) for r in drawn)} have "
        "failing rows",
    )


def bars(column: int, run: KeptRun) -> list[TrendBar]:
    """The shares of a run's rows, what fails on top."""
    found, top = [], 0.0
    counts = {kind: number for kind, number in _counts(run).items() if number}
    sizes = {kind: max(number, SMALLEST * run.rows) for kind, number in counts.items()}
    for kind, size in sizes.items():
        height = 100 * size / sum(sizes.values())
        found.append(TrendBar(kind, column, round(top, 3), round(height, 3)))
        top += height
    return found


def _counts(run: KeptRun) -> dict[Kind, int]:
    return {kind: getattr(run, kind) for kind in KINDS}


def _versions(old: KeptRun, new: KeptRun) -> tuple[tuple[str, str, str], ...]:
    return changed_versions(old.program_versions, new.program_versions)


def _link(root: Path, run: KeptRun) -> str:
    """The page of a run below `root`; empty where it is elsewhere, or gone."""
    folder = Path(run.folder)
    if folder.parent != root or not (folder / PAGE).is_file():
        return ""
    return f"{quote(folder.name)}/{PAGE}"
