"""The console that tables are printed on, at the width of the terminal."""

import shutil

from rich.console import Console

WIDTH, HEIGHT = 100, 24
"""Columns and lines that are assumed where stdout is no terminal."""


def console() -> Console:
    """A console without highlighting: numbers and names keep the style that they are given."""
    return Console(width=shutil.get_terminal_size((WIDTH, HEIGHT)).columns, highlight=False)
