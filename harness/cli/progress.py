"""Stages with their seconds on stderr; silent where that is no terminal."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Stages:
    """An Observer: a line with a running clock for each stage under way."""

    def __init__(self) -> None:
        console = Console(file=sys.stderr)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Show a stage for as long as it lasts."""
        with self._guard:
            task = self._progress.add_task(stage, total=None)
        try:
            yield
        finally:
            self._progress.remove_task(task)
