"""A result → what report.html shows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.reports.images import Thumbnail
from harness.reports.order import siblings
from harness.reports.program_names import program_names, program_titles
from harness.reports.ranks import RankLine, side_by_side
from harness.reports.truth import FigureGroup, against_truth
from harness.reports.waterfall import Waterfall, waterfalls
from harness.results.kinds import Kind, kind_of
from harness.results.result import Result
from harness.results.row import Row
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

    @property
    def names(self) -> tuple[str, str]:
        """The two programs, within a sentence."""
        return program_names(self.row)

    @property
    def titles(self) -> tuple[str, str]:
        """The two programs, at the head of a column."""
        return program_titles(self.row)


def page_rows(
    ordered: Sequence[Result], detailed: int, images: Mapping[str, Thumbnail]
) -> list[PageRow]:
    """The first `detailed` rows, worst first, with their details."""
    others = siblings(ordered, detailed)
    return [
        _detailed(
            _brief(position, found, images),
            found,
            [_brief(other, ordered[other], images) for other in others[position]],
        )
        for position, found in enumerate(ordered[:detailed])
    ]


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


def _brief(position: int, found: Result, images: Mapping[str, Thumbnail]) -> PageRow:
    return PageRow(position + 1, found.row, kind_of(found.row), images.get(found.thumbnail))


def _detailed(one: PageRow, result: Result, others: Sequence[PageRow]) -> PageRow:
    return replace(
        one,
        open=one.kind == "failing" and bool(result.topk) and one.number <= OPEN,
        topk=side_by_side(result.topk),
        waterfalls=waterfalls(result.row),
        truth=against_truth(result.row),
        siblings=others,
    )
