"""Two top-k lists side by side in a terminal, with the verdict and the figures."""

import math
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.terminal import shown
from harness.reports.program_names import program_names, program_titles
from harness.reports.ranks import RankedClass, RankLine, side_by_side
from harness.results.result import Result
from harness.results.row import Row

STYLES = {"passing": "bold green", "failing": "bold red", "skipped": "bold yellow"}
WIDE = 76
"""Columns of a terminal in which both lists have room beside each other."""


def show(results: Iterable[Result], console: Console) -> None:
    """Print each result: heading, lists, verdict, figures."""
    for result in results:
        row = result.row
        heading = f"{row.image}  {row.candidate}  scope {row.scope}"
        console.rule(shown(heading), align="left")
        if result.topk:
            console.print(_wide(result) if console.width >= WIDE else _narrow(result))
        console.print(_verdict(row))
        figures = _figures(row)
        if figures:
            console.print(shown(figures, style="dim"), soft_wrap=False)
        console.print()


def _verdict(row: Row) -> Text:
    text = shown(f"{row.status} ", style=STYLES[row.status.kind])
    known = f" (known failure: {row.known_failure})" if row.known_failure else ""
    return text + shown(f"{row.reason}{known}", style="not bold default")


def _figures(row: Row) -> str:
    if math.isnan(row.max_abs):  # nothing was compared
        return row.notes
    reference, candidate = program_names(row)
    parts = [
        f"{row.top1_label}: {_change(row)}",
        f"max |Δ| {row.max_abs:.3g}",
        f"rmse {row.rmse:.3g}",
        f"ulp {row.max_ulp:.0f}",
        f"kl {row.kl:.3g}",
        _limits(row),
        _errors(row, reference),
        f"{reference} {row.reference_ms:.1f} ms",
        f"{candidate} {row.candidate_ms:.1f} ms ({row.cache})",
        row.notes,
    ]
    return " · ".join(part for part in parts if part)


def _limits(row: Row) -> str:
    """What was allowed and needed: odds of a distribution under the rule `auto`, else scores."""
    if math.isnan(row.atol):
        return f"odds move by {row.odds_change:.2g}, the sum by {row.normalisation:.2g}"
    return f"atol {row.atol:g} rtol {row.rtol:g}, needed atol {row.atol_needed:.3g}"


def _errors(row: Row, reference: str) -> str:
    """Both programs against float64 truth; empty where that was not measured."""
    if math.isnan(row.candidate_error):
        return ""
    return (
        f"off float64 truth by {row.candidate_error:.2g} ({reference} {row.reference_error:.2g}), "
        f"noise {row.noise:.2g}"
    )


def _change(row: Row) -> str:
    return f"{row.reference_score:.5f} → {row.candidate_score:.5f} ({row.divergence:+.2g})"


def _wide(result: Result) -> Table:
    """Rank by rank; Δ is candidate minus reference, of the candidate's class."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("#", justify="right", min_width=1)
    for title in program_titles(result.row):
        table.add_column(shown(title), ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("score", justify="right", min_width=7)
    table.add_column("Δ", justify="right", min_width=8)
    for line in side_by_side(result.topk):
        table.add_row(
            _rank(line),
            *_class_and_score(line.reference),
            *_class_and_score(line.candidate, _style(line)),
            "" if math.isnan(line.delta) else f"{line.delta:+.1e}",
        )
    return table


def _rank(line: RankLine) -> str:
    return "" if line.rank is None else str(line.rank)


def _style(line: RankLine) -> str:
    """Dim for a class outside the candidate's list, yellow where the two lists differ."""
    if line.rank is None:
        return "dim"
    return "yellow" if line.differs else ""


def _class_and_score(found: RankedClass | None, style: str = "") -> tuple[Text, str]:
    return (shown(found.label, style=style), f"{found.score:.5f}") if found else (shown(""), "")


def _narrow(result: Result) -> Table:
    """One list below the other."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", min_width=1)
    table.add_column("class", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("score", justify="right", min_width=7)
    lines = [line for line in side_by_side(result.topk) if line.rank is not None]
    reference, candidate = program_titles(result.row)
    for title, ranked in (
        (reference, [(_rank(line), line.reference) for line in lines]),
        (candidate, [(_rank(line), line.candidate) for line in lines]),
    ):
        table.add_row("", shown(title, style="bold"), "")
        for rank, found in ranked:
            table.add_row(rank, *_class_and_score(found))
    return table
