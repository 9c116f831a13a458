"""The stages of a comparison in the terminal: with `pytest -v` each, without it the long ones."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Protocol

import pytest

from harness.results.printable import printable

SHOWN_S = 0.5
"""Seconds below which a stage is not worth a line when it ends."""
FIRST_S, EVERY_S = 10.0, 30.0
"""Seconds after which a stage that still goes on is announced, and between further lines."""


class StartedTimer(Protocol):
    """What `threading.Timer` gives."""

    daemon: bool

    def start(self) -> None:
        """Begin to wait."""

    def cancel(self) -> None:
        """Do not call the function any more."""


Timer = Callable[[float, Callable[[], None]], StartedTimer]
"""Makes a timer that calls a function after so many seconds, as `threading.Timer` does."""


class Announcements:
    """Calls a function now and then for as long as the block lasts, and never after it."""

    def __init__(self, announce: Callable[[], None], timer: Timer) -> None:
        self._announce, self._new_timer = announce, timer
        self._ended = False
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._wait(FIRST_S)

    def _wait(self, seconds: float) -> None:
        self._timer = self._new_timer(seconds, self._fire)
        self._timer.daemon = True  # an interpreter that ends does not wait for it
        self._timer.start()

    def _fire(self) -> None:
        with self._lock:
            if not self._ended:
                self._announce()
                self._wait(EVERY_S)

    def __exit__(self, *_: object) -> None:
        with self._lock:  # a line that is being written is finished before the stage ends
            self._ended = True
            self._timer.cancel()


class StageLines:
    """A StageObserver: with `-v` a line where a stage begins and one where it ends.

    On a terminal, with `-v` or without, a stage that goes on for long has a line now and then. A
    worker process of xdist has no terminal, but its stderr is the controller's.
    """

    def __init__(
        self,
        config: pytest.Config,
        timer: Timer = threading.Timer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        plugins = config.pluginmanager
        self._terminal: pytest.TerminalReporter | None = plugins.get_plugin("terminalreporter")
        self._worker = getattr(config, "workerinput", {}).get("workerid")
        self._capture = plugins.get_plugin("capturemanager")
        self._verbose = config.option.verbose > 0
        self._announces = config.option.verbose >= 0 and self._on_terminal()
        self._timer, self._clock = timer, clock
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Show a stage for as long as it lasts."""
        start = self._clock()
        if self._verbose:
            self._write(f"parity: {stage} …")
        try:
            with self._announcements(stage, start) or nullcontext():
                yield
        finally:
            seconds = self._clock() - start
            if self._verbose and seconds >= SHOWN_S:
                self._write(f"parity: {stage} took {seconds:.1f} s")

    def _announcements(self, stage: str, start: float) -> "Announcements | None":
        if not self._announces:
            return None
        return Announcements(
            lambda: self._write(f"parity: {stage} … {self._clock() - start:.0f} s"), self._timer
        )

    def _on_terminal(self) -> bool:
        if self._worker is not None or self._terminal is None:
            return os.isatty(2)
        return bool(self._terminal.isatty)

    def _write(self, text: str) -> None:
        line = printable(text)
        captured = self._capture.global_and_fixture_disabled() if self._capture else nullcontext()
        with self._lock, captured:  # stages of the reference and the candidate run in two threads
            if self._terminal is not None and self._worker is None:
                self._terminal.write_line(line)
            else:
                os.write(2, f"[{self._worker}] {line}\n".encode())  # one write: lines stay whole
