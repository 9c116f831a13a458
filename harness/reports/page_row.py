"""A result → what report.html shows of it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.reports.depth_plot import DepthPlot, depth_plot
from harness.reports.images import Thumbnail
from harness.reports.order import siblings
from harness.reports.program_names import program_names, program_titles
from harness.reports.ranks import RankLine, side_by_side
from harness.reports.scatter import Scatter, scatter
from harness.reports.truth import FigureGroup, against_truth
from harness.reports.waterfall import Waterfall, waterfalls
from harness.results.changes import RowTrend
from harness.results.identity import task_name
from harness.results.kinds import Kind, kind_of
from harness.results.located_kernels import LocatedKernels
from harness.results.printable import printable
from harness.results.result import DecodedPictures, Result
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.status import Status

OPEN = 10
"""Of so many rows, worst first, the failing ones stand open where they have scores to show."""


@dataclass(frozen=True)
class PageRow:
    """One row as the page shows it."""

    number: int
    """From 1, worst first; the row's anchor. 0: no row, see `prototype`."""
    row: Row
    """The row itself."""
    kind: Kind
    """Passes, fails, fails as expected, or was skipped."""
    image: Thumbnail | None
    """The image; None where it can't be shown."""
    open: bool = False
    """Whether the details stand open."""
    topk: Sequence[RankLine] = ()
    """Both top-k lists, side by side."""
    waterfalls: Sequence[Waterfall] = ()
    """The attribution, a class each."""
    truth: FigureGroup | None = None
    """Figures against float64 truth."""
    siblings: Sequence["PageRow"] = ()
    """The same file in other scopes."""
    trend: RowTrend | None = None
    """The row over its runs, where there are earlier ones."""
    decoded: DecodedPictures | None = None
    """What both decoders make of the file."""
    decoded_image: Thumbnail | None = None
    """Its picture; None where it is not on the page."""
    scatter: Scatter | None = None
    """All classes as points, where the row kept its scores."""
    located: LocatedKernels | None = None
    """What was measured kernel by kernel."""
    depth: DepthPlot | None = None
    """Its errors over the depth of the network."""
    again: str = ""
    """The command that runs it again; empty where nothing was kept for that."""

    @property
    def names(self) -> tuple[str, str]:
        """The two programs, within a sentence."""
        return program_names(self.row)

    @property
    def titles(self) -> tuple[str, str]:
        """The two programs, at the head of a column."""
        return program_titles(self.row)


def page_rows(
    run: RunRecord,
    ordered: Sequence[Row],
    worst: Sequence[Result],
    images: Mapping[str, Thumbnail],
) -> list[PageRow]:
    """The `worst` results with their details, of all rows in their order, worst first."""
    known = {_names(trend): trend for trend in run.trends}
    others = siblings(ordered, len(worst))
    return [
        replace(
            _detailed(_brief(place, ordered[place], images.get(found.thumbnail)), found, images),
            siblings=[_brief(other, ordered[other]) for other in others[place]],
            trend=known.get(_names(found.row)),
            again=_again(run, found),
        )
        for place, found in enumerate(worst)
    ]


def _names(one: Row | RowTrend) -> tuple[str, ...]:
    return one.case, one.image, one.candidate, one.scope


def _again(run: RunRecord, result: Result) -> str:
    """The run is named by its id: its history knows the folder."""
    if not result.capture:
        return ""
    words = ["parity", "replay", result.row.run_id or run.id, task_name(result.row)]
    return shlex.join(printable(word) for word in words)


def prototype() -> PageRow:
    """A row whose line has every part; the page's script fills copies of it."""
    row = Row(
        case="",
        image="",
        candidate="",
        scope="end_to_end",
        status=Status.MISMATCH,
        known_failure="-",
        explanation="-",
        top1_equal=False,
    )
    return PageRow(0, row, kind_of(row), None)


def _brief(place: int, row: Row, image: Thumbnail | None = None) -> PageRow:
    return PageRow(place + 1, row, kind_of(row), image)


def _detailed(one: PageRow, result: Result, images: Mapping[str, Thumbnail]) -> PageRow:
    return replace(
        one,
        open=one.kind == "failing" and bool(result.topk) and one.number <= OPEN,
        topk=side_by_side(result.topk, result.row.near_tie),
        waterfalls=waterfalls(result.row),
        truth=against_truth(result.row),
        scatter=scatter(result.capture),
        located=result.located,
        depth=depth_plot(result.located),
        decoded=result.decoded,
        decoded_image=images.get(result.decoded.uri) if result.decoded else None,
    )
