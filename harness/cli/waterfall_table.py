"""A waterfall of `harness.reports.waterfall` in a terminal."""

import math

from rich import box
from rich.table import Table
from rich.text import Text

from harness.cli.terminal import shown
from harness.reports.waterfall import Waterfall, WaterfallStep

BAR = 24
"""Columns of a bar where the terminal has room for it."""
OTHER_COLUMNS = 40
"""Columns that the rest of the table takes."""
STYLES = {"up": "green", "down": "red"}


def waterfall_table(found: Waterfall, width: int) -> Table:
    """A line for each step; the bar shows where the score is before and after it.

    Without a score of each program the third column has the sum of the effects so far.
    """
    bar = max(8, min(BAR, width - OTHER_COLUMNS))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("step")
    table.add_column("effect", justify="right", min_width=9)
    table.add_column("score" if found.steps[0].is_score else "sum", justify="right", min_width=7)
    table.add_column("from low to high", min_width=bar)
    for step in found.steps:
        table.add_row(shown(step.name), _effect(step), f"{step.score_after:.5f}", _bar(step, bar))
    return table


def _effect(step: WaterfallStep) -> str:
    if step.is_score:
        return ""
    return "not measured" if math.isnan(step.value) else f"{step.value:+.1e}"


def _bar(step: WaterfallStep, columns: int) -> Text:
    if step.bar is None:
        return shown("")
    free, filled = step.bar.characters(columns)
    return shown(" " * free) + shown("█" * filled, style=STYLES.get(step.kind, ""))
