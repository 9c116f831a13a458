"""The consoles that everything is printed on; the only module that makes one, or a `Text`.

What is printed comes from case files, models and programs: here, and so nowhere else, it is kept
from being read as rich's markup or emoji names, and from acting on the terminal.
"""

import shutil
import sys

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from harness.results.printable import printable

WIDTH, HEIGHT = 100, 24
"""Columns and lines that are assumed where stdout is no terminal."""


def console() -> Console:
    """A console on stdout, at the width of the terminal; strings are plain text."""
    columns = shutil.get_terminal_size((WIDTH, HEIGHT)).columns
    return Console(width=columns, highlight=False, markup=False, emoji=False)


def shown(text: str, style: str = "") -> Text:
    """Text from outside in a style of ours."""
    return Text(printable(text), style=style)


def indented(text: str, style: str = "") -> Padding:
    """Text from outside whose lines all begin two columns further right, also those that wrap."""
    return Padding(shown(text, style), (0, 0, 0, 2), expand=False)


def say(text: str) -> None:
    """A line on stdout."""
    print(printable(text))  # noqa: T201


def complain(message: str) -> None:
    """A line on stderr."""
    print(printable(message), file=sys.stderr)  # noqa: T201


def clocks() -> Progress:
    """Lines with running clocks on stderr; nothing where that is no terminal."""
    errors = Console(file=sys.stderr, markup=False, emoji=False)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )


def counting() -> Progress:
    """A bar with a task's `figures` and the time left, on stderr where that is a terminal."""
    errors = Console(file=sys.stderr, markup=False, emoji=False)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
