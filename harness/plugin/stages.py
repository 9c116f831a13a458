"""`pytest -v` shows the stages of a comparison as they happen, each with its seconds."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

SHOWN_S = 0.5
"""Seconds below which a stage is not worth a line when it ends."""


class StageLines:
    """A StageObserver: a line where a stage begins and one where it ends; silent without `-v`.

    A worker process of xdist has no terminal, but its stderr is the controller's.
    """

    def __init__(self, config: pytest.Config) -> None:
        plugins = config.pluginmanager
        self._verbose = config.option.verbose > 0
        self._terminal: pytest.TerminalReporter | None = plugins.get_plugin("terminalreporter")
        self._worker = getattr(config, "workerinput", {}).get("workerid")
        self._capture = plugins.get_plugin("capturemanager")
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
        if not self._verbose:
            return
        captured = self._capture.global_and_fixture_disabled() if self._capture else nullcontext()
        with self._lock, captured:  # stages of the reference and the candidate run in two threads
            if self._terminal is not None and self._worker is None:
                self._terminal.write_line(line)
            else:
                os.write(2, f"[{self._worker}] {line}\n".encode())  # one write: lines stay whole
