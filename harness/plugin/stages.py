"""`pytest -v` shows the stages of a comparison as they happen, each with its seconds."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

SHOWN_S = 0.5
"""Seconds below which a stage is not worth a line when it ends."""


class StageLines:
    """A StageObserver: a line where a stage begins and one where it ends.

    Silent without `-v`, and in the worker processes of xdist, which have no terminal.
    """

    def __init__(self, config: pytest.Config) -> None:
        verbose = config.option.verbose > 0 and not hasattr(config, "workerinput")
        self._terminal: pytest.TerminalReporter | None = (
            config.pluginmanager.get_plugin("terminalreporter") if verbose else None
        )
        self._capture = config.pluginmanager.get_plugin("capturemanager")
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Show a stage for as long as it lasts."""
        start = time.monotonic()
        self._write(f"parity: {stage} …")
        try:
            yield
        finally:
            seconds = time.monotonic() - start
            if seconds >= SHOWN_S:
                self._write(f"parity: {stage} took {seconds:.1f} s")

    def _write(self, line: str) -> None:
        if self._terminal is None:
            return
        captured = self._capture.global_and_fixture_disabled() if self._capture else nullcontext()
        with self._lock, captured:  # stages of the reference and the candidate run in two threads
            self._terminal.write_line(line)
