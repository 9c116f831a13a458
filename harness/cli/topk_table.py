"""Two top-k lists side by side in a terminal, with the verdict and the figures."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.results.result import Result, TopkRow
from harness.results.row import Row

STYLES = {"passing": "bold green", "failing": "bold red", "skipped": "bold yellow"}
WIDE = 76


def show(results: Iterable[Result], console: Console) -> None:
    """Print each result: heading, lists, verdict, figures."""
    for result in results:
        row = result.row
        title = f"{escape(row.image)}  {escape(row.candidate)}  scope {row.scope}"
        console.rule(title, align="left")
        if result.topk:
            console.print(_wide(result) if console.width >= WIDE else _narrow(result))
        console.print(_verdict(row))
        figures = _figures(row)
        if figures:
            console.print(figures, style="dim", soft_wrap=False)
        console.print()


def _verdict(row: Row) -> Text:
    text = Text(f"{row.status} ", style=STYLES[row.status.kind])
    text.append(row.reason, style="not bold default")
    if row.known_failure:
        text.append(f" (known failure: {row.known_failure})", style="not bold default")
    return text


def _figures(row: Row) -> str:
    if row.max_abs != row.max_abs:  # not measured
        return row.notes
    parts = [
        f"{row.top1_label}: {_change(row)}",
        f"max |Δ| {row.max_abs:.3g}",
        f"rmse {row.rmse:.3g}",
        f"ulp {row.max_ulp:.0f}",
        f"kl {row.kl:.3g}",
        f"atol {row.atol:g} rtol {row.rtol:g}, needed atol {row.atol_needed:.3g}",
        _rounding(row),
        f"TensorFlow {row.reference_ms:.1f} ms, TVM {row.candidate_ms:.1f} ms ({row.cache})",
        row.notes,
    ]
    return " · ".join(part for part in parts if part)


def _rounding(row: Row) -> str:
    """Both programs against float64 truth; empty where that was not measured."""
    if row.candidate_error != row.candidate_error:  # NaN: not measured
        return ""
    return (
        f"off float64 truth by {row.candidate_error:.2g} (TensorFlow {row.reference_error:.2g}), "
        f"noise {row.noise:.2g}"
    )


def _change(row: Row) -> str:
    return f"{row.reference_score:.5f} → {row.candidate_score:.5f} ({row.divergence:+.2g})"


def _sides(result: Result) -> tuple[list[TopkRow], list[TopkRow]]:
    reference = [line for line in result.topk if line.side == "reference"]
    return reference, [line for line in result.topk if line.side == "candidate"]


def _wide(result: Result) -> Table:
    """Rank by rank; Δ is what TVM gives TensorFlow's class of that rank, less TensorFlow's."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("#", justify="right", min_width=1)
    for title in ("TensorFlow", "TVM"):
        table.add_column(title, ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("score", justify="right", min_width=7)
    table.add_column("Δ", justify="right", min_width=8)
    for left, right in zip(*_sides(result), strict=True):
        changed = "" if left.class_index == right.class_index else "yellow"
        delta = left.other_score - left.score
        table.add_row(
            str(left.rank),
            Text(left.label),
            f"{left.score:.5f}",
            Text(right.label, style=changed),
            f"{right.score:.5f}",
            f"{delta:+.1e}",
        )
    return table


def _narrow(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", min_width=1)
    table.add_column("class", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("score", justify="right", min_width=7)
    for title, lines in zip(("TensorFlow", "TVM"), _sides(result), strict=True):
        table.add_row("", Text(title, style="bold"), "")
        for line in lines:
            table.add_row(str(line.rank), Text(line.label), f"{line.score:.5f}")
    return table
