"""Stages with their seconds on stderr; silent where that is no terminal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from harness.cli.terminal import clocks
from harness.results.printable import printable


class Stages:
    """An Observer: a line with a running clock for each stage under way."""

    def __init__(self) -> None:
        self._progress = clocks()
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
            task = self._progress.add_task(printable(stage), total=None)
        try:
            yield
        finally:
            self._progress.remove_task(task)
