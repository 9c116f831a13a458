"""A run and its rows → Markdown for a pull request or a step's summary: what fails, then the rest.

GitHub refuses a step's summary of more than 1 MiB, so the text is bounded. Nothing from outside is
markup.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.reports.census_text import check_line
from harness.reports.facts import brief
from harness.reports.figures import magnitude, score
from harness.reports.headline import headline
from harness.reports.order import groups, worst_first
from harness.reports.overview import changes_of
from harness.results.kinds import Kind, kind_of
from harness.results.markdown_text import plain, table
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

MAX_BYTES = 900_000
"""Of all rows together, so that the whole stays below GitHub's 1 MiB."""
REASON_LENGTH = 300
"""Characters of a reason."""
HEAD = [
    "Status",
    "Case",
    "Image",
    "Candidate",
    "Scope",
    "Reference score",
    "Candidate score",
    "Largest \\|Δ\\|",
    "Reason",
]
TITLES: dict[Kind, str] = {
    "failing": "Failing",
    "known": "Known failures",
    "skipped": "Skipped",
    "passing": "Passing",
}
"""Failing rows are shown; the others are folded."""


def as_markdown(run: RunRecord, results: Sequence[Result], most: int = MAX_BYTES) -> str:
    """Verdict, a line for each candidate and scope, failing rows, and the others folded."""
    rows = [result.row for result in results]
    found = headline(run, rows)
    ordered = [rows[place] for place in worst_first(rows)]
    lines = [f"## {plain(found.title)}", "", plain(found.sentence)]
    for part in (run, *run.merged_from):
        whose = f"{part.id}: " if part is not run else ""
        lines += ["", f"{plain(whose + check_line(part.census))}."] if part.census else []
    for title, change in changes_of(run):
        lines += ["", f"{plain(title[:1].upper() + title[1:])}: {plain(change.headline)}."]
    lines += ["", *(f"> {plain(warning)}" for warning in found.warnings)] if found.warnings else []
    lines += ["", *_summary(ordered), *_rows(ordered, most)]
    return "\n".join([*lines, "", f"{plain(run.id)}: {plain(brief(run, rows))}", ""])


def _summary(ordered: Sequence[Row]) -> list[str]:
    head = ["Case", "Candidate", "Scope", "Worst", "Passing", "Largest \\|Δ\\|"]
    return table(
        head,
        [
            [
                group.case,
                group.candidate,
                group.scope,
                group.worst.status,
                f"{group.passing} of {group.rows}",
                magnitude(group.max_abs),
            ]
            for group in groups(ordered)
        ],
    )


def _rows(ordered: Sequence[Row], most: int) -> Iterator[str]:
    """A table for each kind, worst first, until the bytes are used up."""
    left = most
    for kind, members in groupby(ordered, kind_of):
        rows = list(members)
        head, rule, *cells = table(HEAD, [_line(row) for row in rows])
        shown = []
        for cell in cells:
            left -= len(cell.encode())
            if left < 0:
                break
            shown.append(cell)
        title = f"{TITLES[kind]} ({len(rows)})"
        folded = kind != "failing"
        yield ""
        yield f"<details><summary>{title}</summary>" if folded else f"### {title}"
        yield from ("", head, rule, *shown) if shown else ()
        if len(shown) < len(rows):
            yield from ("", f"… and {len(rows) - len(shown)} more, in rows.csv.")
        yield from ("", "</details>") if folded else ()


def _line(row: Row) -> list[object]:
    reason = row.reason.split("\n")[0][:REASON_LENGTH]
    return [
        row.status,
        row.case,
        row.image,
        row.candidate,
        row.scope,
        f"{row.top1_label} {score(row.reference_score)}".strip(),
        score(row.candidate_score),
        magnitude(row.max_abs),
        f"{reason} (known: {row.known_failure})" if kind_of(row) == "known" else reason,
    ]
