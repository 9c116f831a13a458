"""A run and its results → report.html: one file, nothing fetched, all verdicts without script.

The worst rows are HTML with all their figures. Every row is data of the page's script too, which
filters, sorts and shows them a page at a time, so that 20 000 rows open as quickly as 500.
"""

from collections.abc import Iterable, Mapping, Sequence

from harness.reports.bounded import bounded
from harness.reports.census_text import CensusText, census_text
from harness.reports.facts import brief, facts
from harness.reports.funnel import COLUMNS, FunnelLine, funnel, worth_showing
from harness.reports.headline import count, headline, percent
from harness.reports.images import Thumbnail, thumbnails
from harness.reports.order import SEVERITY, groups, worst_first
from harness.reports.overview import QUANTILES, candidate_lines, changes_of, matrix
from harness.reports.page_data import columns
from harness.reports.page_row import page_rows, prototype
from harness.reports.page_template import page_template
from harness.results.result import ExpectedRow, Result, RowResult
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.stages import STAGES

WHOLE = 500
"""Up to so many rows are HTML with their figures, all of them."""
DETAILED = 200
"""Of more rows, so many, worst first; the script shows the others, a line each."""
AT_ONCE = 100
"""Rows that the script shows at a time where not all are HTML."""
SHOWN, LISTED = 8, 200
"""Lines of a table above or beside the rows: at once, and when unfolded."""
PUBLISHED = 200
"""Published scores on the page; published.csv has them all."""
FILTERS = ("case", "candidate", "scope")
"""Columns that can be filtered by one value."""
OF_EVERY_ROW = (
    *("case", "model", "model_sha256", "image", "image_sha256", "candidate"),
    *("candidate_model_sha256", "scope", "status", "reason", "known_failure", "explanation"),
    *("stack", "target", "layout", "opt_level", "stage", *(f"{stage}_s" for stage in STAGES)),
    *("reference_program", "candidate_program", "reference_version", "candidate_version"),
    *("top1_label", "top1_equal", "candidate_top1_label"),
    *("reference_score", "candidate_score", "divergence", "max_abs"),
)
"""Columns that the page needs of rows that are not shown whole."""


class PageContents:
    """What the page shows of results that come one after the other.

    It keeps their rows, and each published score once, though more than one scope may bring it. The
    rest of a result, most of it by far, is read again for the few rows that are shown whole.
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._published: dict[str, ExpectedRow] = {}

    def add(self, results: Iterable[RowResult]) -> None:
        """Some more results, in the order of the run."""
        for result in results:
            self._rows.append(result.row)
            for line in result.expected:
                self._published[str(line.payload())] = line

    def text(self, run: RunRecord, results: Sequence[Result], whole: int = WHOLE) -> str:
        """HTML; `results` are those that were added, to be read by their places."""
        order = worst_first(self._rows)
        detailed = len(order) if len(order) <= whole else min(whole, DETAILED)
        worst = [results[place] for place in order[:detailed]]
        rows = [result.row for result in worst]
        rows += [self._rows[place] for place in order[detailed:]]
        return _render(run, rows, worst, list(self._published.values()))


def render(run: RunRecord, results: Sequence[Result], whole: int = WHOLE) -> str:
    """The whole page; a run without rows gets a page that says so."""
    page = PageContents()
    page.add(results)
    return page.text(run, results, whole)


def _render(
    run: RunRecord, rows: list[Row], worst: list[Result], published: list[ExpectedRow]
) -> str:
    """The page of ordered rows, of which the `worst` are shown whole."""
    detailed = len(worst)
    images, counts, rest = thumbnails(worst), count(rows), rows[detailed:]
    grouped = groups(rows)
    table = matrix(grouped)
    return page_template().render(
        run=run,
        headline=headline(run, rows),
        counts=counts,
        statuses=[(s.value, counts.statuses[s]) for s in SEVERITY if s in counts.statuses],
        share=percent(counts.kinds["passing"], counts.rows),
        brief=brief(run, rows),
        provenance=_provenance(run, rows),
        changes=changes_of(run),
        candidates=bounded(candidate_lines(rows), SHOWN, LISTED),
        quantiles=tuple(QUANTILES),
        matrix=table,
        matrix_lines=bounded(table.lines if table else (), SHOWN, LISTED),
        groups=bounded(grouped, SHOWN, LISTED),
        funnel=bounded(_funnel(rows), SHOWN, LISTED),
        funnel_columns=COLUMNS,
        censuses=_censuses(run),
        published=_by_subject(published[:PUBLISHED]),
        published_rest=max(0, len(published) - PUBLISHED),
        entries=page_rows(run, rows, worst, images),
        prototype=prototype(),
        left_out=count(rest),
        filters={name: sorted({getattr(row, name) for row in rows}) for name in FILTERS},
        data=columns(rows, _by_digest(worst, images)) | {"atOnce": AT_ONCE if rest else len(rows)},
        images=list(images.values()),
        meanings=Row.meanings(),
    )


def _censuses(run: RunRecord) -> list[tuple[str, CensusText]]:
    """That of the run, or of each run it was merged from: these may be of the same cases."""
    parts = [("", run), *((part.id, part) for part in run.merged_from)]
    return [(title, census_text(part.census, part.started)) for title, part in parts if part.census]


def _provenance(run: RunRecord, rows: Sequence[Row]) -> list[tuple[str, list[tuple[str, str]]]]:
    """A title and its facts: the run's own, then those of the runs it was merged from."""
    parts = [(f"Merged from {part.id}", facts(part, [])) for part in run.merged_from]
    return [("", facts(run, rows)), *parts]


def _by_digest(worst: Iterable[Result], images: Mapping[str, Thumbnail]) -> dict[str, Thumbnail]:
    """The images by the SHA-256 of their files: every row has that, only its result the image."""
    pairs = ((result.row.image_sha256, images.get(result.thumbnail)) for result in worst)
    return {digest: image for digest, image in pairs if digest and image}


def _by_subject(lines: Sequence[ExpectedRow]) -> list[tuple[str, list[ExpectedRow]]]:
    """Lines under the program, case and image that they are about."""
    found: dict[str, list[ExpectedRow]] = {}
    for line in lines:
        title = f"{line.side}: {line.case}, {line.image}, {line.candidate}"
        title += f" (published in: {line.source})" if line.source else ""
        found.setdefault(title, []).append(line)
    return list(found.items())


def _funnel(rows: Sequence[Row]) -> list[FunnelLine]:
    lines = funnel(rows)
    return lines if worth_showing(lines) else []
