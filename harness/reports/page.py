"""Run + results → report.html: one file, no script needed, nothing fetched."""

import base64
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.reports import figures
from harness.reports.facts import brief, facts
from harness.reports.funnel import ROAD, FunnelLine, funnel, worth_showing
from harness.reports.headline import count, headline, percent
from harness.reports.images import Thumbnail, thumbnails
from harness.reports.order import groups, siblings, worst_first
from harness.reports.ranks import RankLine, side_by_side
from harness.reports.truth import FigureGroup, against_truth
from harness.reports.waterfall import Waterfall, waterfalls
from harness.results.kinds import KINDS, Kind, kind_of
from harness.results.result import ExpectedRow, Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

LOADER = PackageLoader("harness.reports", "templates")
DETAILED = 400
"""Rows, counted worst first, that have their figures on the page; the rest are one line each."""
OPEN = 10
"""Of so many rows, worst first, the failing ones stand open where they have scores to show."""
REASON_LENGTH = 400
"""Characters of a reason in a row's line; the figures below have all of it."""
EXPLANATION_LENGTH = 300
"""Characters of an explanation in a row's line; as for the reason."""
PUBLISHED = 200
"""Published answers on the page; expected.csv has them all."""
MARKS = {"passing": "✓", "failing": "✕", "skipped": "○", "known": "!"}
KIND_NAMES = {
    "passing": "passing",
    "failing": "failing",
    "skipped": "skipped",
    "known": "known failure",
}


@dataclass(frozen=True)
class PageRow:
    """One row as the page shows it. `number` counts from 1 in worst-first order."""

    number: int
    row: Row
    kind: Kind
    image: Thumbnail | None
    detailed: bool
    open: bool
    topk: Sequence[RankLine] = ()
    waterfalls: Sequence[Waterfall] = ()
    truth: FigureGroup | None = None
    siblings: Sequence["PageRow"] = ()


def render(run: RunRecord, results: Sequence[Result], detailed: int = DETAILED) -> str:
    """The whole page; a run without rows gets a page that says so."""
    ordered = worst_first(results)
    entries = _entries(ordered, detailed)
    rows = [result.row for result in ordered]
    published, counts = _published(ordered), count(rows)
    return _template().render(
        run=run,
        headline=headline(run, rows),
        counts=counts,
        share=percent(counts.kinds["passing"], counts.rows),
        brief=brief(run, rows),
        provenance=_provenance(run, rows),
        groups=groups(ordered),
        funnel=_funnel(rows),
        road=ROAD,
        published=_blocks(published[:PUBLISHED]),
        published_rest=max(0, len(published) - PUBLISHED),
        entries=entries,
        left_out=max(0, len(entries) - detailed),
        left_out_failing=sum(e.kind == "failing" and not e.detailed for e in entries),
        images=list(thumbnails(ordered).values()),
        meanings=Row.meanings(),
    )


def _entries(ordered: Sequence[Result], detailed: int) -> list[PageRow]:
    images, others = thumbnails(ordered), siblings(ordered)
    plain = [
        PageRow(position + 1, r.row, kind_of(r.row), images.get(r.thumbnail), False, False)
        for position, r in enumerate(ordered)
    ]
    return [
        _detailed(entry, result, [plain[other] for other in others[entry.number - 1]])
        if entry.number <= detailed
        else entry
        for entry, result in zip(plain, ordered, strict=True)
    ]


def _detailed(entry: PageRow, result: Result, others: Sequence[PageRow]) -> PageRow:
    return PageRow(
        number=entry.number,
        row=entry.row,
        kind=entry.kind,
        image=entry.image,
        detailed=True,
        open=entry.kind == "failing" and bool(result.topk) and entry.number <= OPEN,
        topk=side_by_side(result.topk),
        waterfalls=waterfalls(result.row),
        truth=against_truth(result.row),
        siblings=others,
    )


def _provenance(run: RunRecord, rows: Sequence[Row]) -> list[tuple[str, list[tuple[str, str]]]]:
    """A title and its facts: the run's own, then those of the runs it was merged from."""
    parts = [(f"Merged from {part.id}", facts(part, [])) for part in run.merged_from]
    return [("", facts(run, rows)), *parts]


def _published(ordered: Sequence[Result]) -> list[ExpectedRow]:
    """Each published answer once, though more than one scope may bring it."""
    found = {str(line.payload()): line for result in ordered for line in result.expected}
    return list(found.values())


def _blocks(lines: Sequence[ExpectedRow]) -> list[tuple[str, list[ExpectedRow]]]:
    """Lines under the program, case and image that they are about."""
    found: dict[str, list[ExpectedRow]] = {}
    for line in lines:
        title = f"{line.side}: {line.case}, {line.image}, {line.candidate}"
        found.setdefault(title, []).append(line)
    return list(found.items())


@cache
def _template() -> Template:
    environment = Environment(
        loader=LOADER,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=visible,
    )
    script = _source(environment, "page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.filters |= {
        name: getattr(figures, name)
        for name in ("score", "signed", "magnitude", "near_one", "whole", "duration", "clipped")
    }
    environment.globals |= {
        "css": Markup(_source(environment, "page.css")),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "script_digest": digest,
        "kinds": KINDS,
        "kind_names": KIND_NAMES,
        "marks": MARKS,
        "kind_of": kind_of,
        "reason_length": REASON_LENGTH,
        "explanation_length": EXPLANATION_LENGTH,
    }
    return environment.get_template("page.html.jinja")


def _source(environment: Environment, name: str) -> str:
    return LOADER.get_source(environment, name)[0]


def visible(value: object) -> object:
    r"""Text with its control characters written out, so that none can hide or turn a name.

    >>> visible("a\u202eb"), visible("two\nlines")
    ('a\\u202eb', 'two\nlines')
    """
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(
        c if c.isprintable() or _is_space(c) else c.encode("unicode_escape").decode() for c in value
    )


def _is_space(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) == "Zs"


def _funnel(rows: Sequence[Row]) -> list[FunnelLine]:
    lines = funnel(rows)
    return lines if worth_showing(lines) else []
