"""A run and its results → report.html: one file, no script needed, nothing fetched."""

from collections.abc import Sequence

from harness.reports.facts import brief, facts
from harness.reports.funnel import COLUMNS, FunnelLine, funnel, worth_showing
from harness.reports.headline import count, headline, percent
from harness.reports.images import thumbnails
from harness.reports.order import groups, worst_first
from harness.reports.page_row import page_rows
from harness.reports.page_template import page_template
from harness.results.result import ExpectedRow, Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

DETAILED = 400
"""Rows, counted worst first, that have their figures on the page; the rest are one line each."""
PUBLISHED = 200
"""Published scores on the page; expected.csv has them all."""


def render(run: RunRecord, results: Sequence[Result], detailed: int = DETAILED) -> str:
    """The whole page; a run without rows gets a page that says so."""
    ordered = worst_first(results)
    entries = page_rows(ordered, detailed)
    rows = [result.row for result in ordered]
    published, counts = _published(ordered), count(rows)
    return page_template().render(
        run=run,
        headline=headline(run, rows),
        counts=counts,
        share=percent(counts.kinds["passing"], counts.rows),
        brief=brief(run, rows),
        provenance=_provenance(run, rows),
        groups=groups(ordered),
        funnel=_funnel(rows),
        funnel_columns=COLUMNS,
        published=_by_subject(published[:PUBLISHED]),
        published_rest=max(0, len(published) - PUBLISHED),
        entries=entries,
        left_out=max(0, len(entries) - detailed),
        left_out_failing=sum(e.kind == "failing" and not e.detailed for e in entries),
        images=list(thumbnails(ordered).values()),
        meanings=Row.meanings(),
    )


def _provenance(run: RunRecord, rows: Sequence[Row]) -> list[tuple[str, list[tuple[str, str]]]]:
    """A title and its facts: the run's own, then those of the runs it was merged from."""
    parts = [(f"Merged from {part.id}", facts(part, [])) for part in run.merged_from]
    return [("", facts(run, rows)), *parts]


def _published(ordered: Sequence[Result]) -> list[ExpectedRow]:
    """Each published score once, though more than one scope may bring it."""
    found = {str(line.payload()): line for result in ordered for line in result.expected}
    return list(found.values())


def _by_subject(lines: Sequence[ExpectedRow]) -> list[tuple[str, list[ExpectedRow]]]:
    """Lines under the program, case and image that they are about."""
    found: dict[str, list[ExpectedRow]] = {}
    for line in lines:
        title = f"{line.side}: {line.case}, {line.image}, {line.candidate}"
        found.setdefault(title, []).append(line)
    return list(found.items())


def _funnel(rows: Sequence[Row]) -> list[FunnelLine]:
    lines = funnel(rows)
    return lines if worth_showing(lines) else []
