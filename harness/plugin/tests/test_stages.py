"""Stages that go on for long, announced on a terminal; time is moved by hand."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from harness.plugin.stages import EVERY_S, FIRST_S, StageLines


class Clock:
    """A clock and its timers; `pass_time` calls what is due."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waiting: list[HandTimer] = []

    def timer(self, seconds: float, function: Callable[[], None]) -> "HandTimer":
        return HandTimer(self, self.now + seconds, function)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.waiting if timer.due <= end]:
            self.waiting.remove(due[0])
            self.now = due[0].due
            due[0].function()
        self.now = end


class HandTimer:
    """As `threading.Timer`, on a `Clock`."""

    def __init__(self, clock: Clock, due: float, function: Callable[[], None]) -> None:
        self.daemon = False
        self.due, self.function = due, function
        self._clock = clock

    def start(self) -> None:
        self._clock.waiting.append(self)

    def cancel(self) -> None:
        self._clock.waiting.remove(self)


class Terminal:
    """What StageLines asks of pytest's terminal reporter."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.lines: list[str] = []

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def stage_lines(
    clock: Clock, terminal: Terminal | None, verbose: int = 0, **more: Any
) -> StageLines:
    plugins = SimpleNamespace(get_plugin={"terminalreporter": terminal}.get)
    config: Any = SimpleNamespace(
        pluginmanager=plugins, option=SimpleNamespace(verbose=verbose), **more
    )
    return StageLines(config, clock.timer, lambda: clock.now)


def test_a_long_stage_is_announced_now_and_then_and_not_after_its_end() -> None:
    clock, terminal = Clock(), Terminal(isatty=True)
    with stage_lines(clock, terminal)("build (relay-host-nchw)"):
        clock.pass_time(FIRST_S - 1)
        assert not terminal.lines
        clock.pass_time(1 + 2 * EVERY_S)
        shown = [f"parity: build (relay-host-nchw) … {seconds} s" for seconds in (10, 40, 70)]
        assert terminal.lines == shown
    clock.pass_time(1000)
    assert terminal.lines == shown


def test_a_stage_that_fails_is_not_announced_after_its_end_either() -> None:
    clock, terminal = Clock(), Terminal(isatty=True)
    with pytest.raises(ZeroDivisionError), stage_lines(clock, terminal)("build"):
        raise ZeroDivisionError
    clock.pass_time(1000)
    assert not terminal.lines


@pytest.mark.parametrize(("isatty", "verbose"), [(False, 0), (True, -1)])
def test_without_a_terminal_or_with_q_nothing_is_announced(isatty: bool, verbose: int) -> None:
    clock, terminal = Clock(), Terminal(isatty=isatty)
    with stage_lines(clock, terminal, verbose)("build"):
        clock.pass_time(1000)
    assert not terminal.lines


def test_with_v_the_beginning_and_the_end_are_shown_as_well() -> None:
    clock, terminal = Clock(), Terminal(isatty=True)
    with stage_lines(clock, terminal, verbose=1)("build"):
        clock.pass_time(FIRST_S + 1)
    assert terminal.lines == [
        "parity: build …",
        "parity: build … 10 s",
        "parity: build took 11.0 s",
    ]


def test_a_worker_process_of_xdist_announces_on_the_terminal_that_its_stderr_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 2)
    monkeypatch.setattr(os, "write", lambda _, line: written.append(line))
    clock = Clock()
    with stage_lines(clock, None, workerinput={"workerid": "gw1"})("build"):
        clock.pass_time(FIRST_S)
    assert [line.decode() for line in written] == ["[gw1] parity: build … 10 s\n"]
