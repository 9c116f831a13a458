"""A result → what report.html shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.reports.images import Thumbnail, thumbnails
from harness.reports.order import siblings
from harness.reports.program_names import program_names, program_titles
from harness.reports.ranks import RankLine, side_by_side
from harness.reports.truth import FigureGroup, against_truth
from harness.reports.waterfall import Waterfall, waterfalls
from harness.results.kinds import Kind, kind_of
from harness.results.result import Result
from harness.results.row import Row

OPEN = 10
"""Of so many rows, worst first, the failing ones stand open where they have scores to show."""


@dataclass(frozen=True)
class PageRow:
    """One row as the page shows it."""

    number: int
    """From 1, worst first; the row's anchor."""
    row: Row
    """The row itself."""
    kind: Kind
    """Passes, fails, fails as expected, or was skipped."""
    image: Thumbnail | None
    """The image; None where it can't be shown."""
    detailed: bool = False
    """Whether the fields below are filled and shown."""
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


def page_rows(ordered: Sequence[Result], detailed: int) -> list[PageRow]:
    """One each, worst first, the first `detailed` of them with details."""
    images, others = thumbnails(ordered), siblings(ordered)
    brief = [
        PageRow(position + 1, found.row, kind_of(found.row), images.get(found.thumbnail))
        for position, found in enumerate(ordered)
    ]
    return [
        _detailed(one, result, [brief[other] for other in others[one.number - 1]])
        if one.number <= detailed
        else one
        for one, result in zip(brief, ordered, strict=True)
    ]


def _detailed(one: PageRow, result: Result, others: Sequence[PageRow]) -> PageRow:
    return replace(
        one,
        detailed=True,
        open=one.kind == "failing" and bool(result.topk) and one.number <= OPEN,
        topk=side_by_side(result.topk),
        waterfalls=waterfalls(result.row),
        truth=against_truth(result.row),
        siblings=others,
    )
