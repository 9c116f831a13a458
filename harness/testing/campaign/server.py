"""A warm process that runs each fault in a fork of itself, and sees what it leaves behind.

`python -m harness.testing.campaign.server` reads one JSON request a line from stdin and writes one
JSON reply a line to stdout. It has imported the command line and pytest, so a fork costs a few
milliseconds where a new interpreter costs a second. It adopts what a run leaves running
(PR_SET_CHILD_SUBREAPER), so a run is over when the server has no child left.
"""

import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypedDict

import psutil

from harness.stacks.registry import all_stacks
from harness.testing.campaign.surroundings import ForkRequest, prctl, redirect, restrict

WARM = (
    "_pytest.faulthandler",
    "_pytest.junitxml",
    "_pytest.threadexception",
    "_pytest.unittest",
    "_pytest.helpconfig",
    "_pytest.pastebin",
    "_pytest.setupplan",
    "_pytest.skipping",
    "_pytest.unraisableexception",
    "_pytest.warnings",
    "harness.cli.bench",
    "harness.cli.check",
    "harness.cli.explain",
    "harness.cli.main",
    "harness.cli.waterfall_table",
    "harness.execution.graphdef_reference",
    "harness.graphdef.float64.convert",
    "harness.plugin.items",
    "harness.proof.proof",
    "harness.reports.recorder",
    "harness.reports.stored_run",
    "harness.run.attribution",
    "pdb",
    "pytest",
    "typer.rich_utils",
)
"""Modules that runs import; pandas is not among them, since it starts a thread."""
LEFT_S = 20
"""Seconds that what a run started may outlive it."""
_SUBREAPER = 36  # of prctl


class ForkReply(TypedDict):
    """How it ended."""

    code: int
    cpu_s: float
    rss: int
    family_rss: int
    left: list[str]
    hung: bool


def serve() -> None:
    """Answer requests until stdin ends."""
    requests, replies = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    prctl(_SUBREAPER, 1)
    _warm_up()
    for line in requests:
        replies.write(json.dumps(_run(json.loads(line))) + "\n")
        replies.flush()


def _warm_up() -> None:
    """Import what a run imports, and leave the objects out of every fork's collections."""
    for name in WARM:
        importlib.import_module(name)
    all_stacks()
    gc.freeze()


def _run(request: ForkRequest) -> ForkReply:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(request, writing)
    os.close(writing)
    reply = _await(pid, request["seconds"])
    with os.fdopen(reading) as pipe:
        measured = pipe.read()
    if measured:
        reply.update(json.loads(measured))
    return reply


def _await(pid: int, seconds: int) -> ForkReply:
    """Wait for the run and for all that it left; kill what does not end."""
    reply = ForkReply(code=-1, cpu_s=0.0, rss=0, family_rss=0, left=[], hung=False)
    with _at_most(seconds) as late:
        usage = None
        while usage is None and not late:
            usage = _collect(pid, reply)
    reply["hung"] = usage is None
    with _at_most(LEFT_S) as late:
        while not late and psutil.Process().children():
            _collect(-1, reply)
    for process in psutil.Process().children(recursive=True):
        reply["left"].append(f"{process.pid} {process.name()}")
        process.kill()
    while psutil.Process().children():
        _collect(-1, reply)
    return reply


def _collect(pid: int, reply: ForkReply) -> Any:
    """Wait for one child; note the run's own figures. None where the time is over."""
    try:
        found, status, usage = os.wait4(-1, 0)
    except (InterruptedError, ChildProcessError):
        return None
    if found != pid:
        return None
    reply["code"] = os.waitstatus_to_exitcode(status)
    reply["cpu_s"] = usage.ru_utime + usage.ru_stime
    reply["rss"] = reply["family_rss"] = usage.ru_maxrss * 1024
    return usage


@contextmanager
def _at_most(seconds: int) -> Iterator[list[int]]:
    """A list that gets an entry when the time is over, which also interrupts a wait."""
    late: list[int] = []

    def ring(number: int, _: Any) -> None:
        late.append(number)
        raise InterruptedError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield late
    except InterruptedError:
        late.append(0)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _child(request: ForkRequest, writing: int) -> NoReturn:
    code = 70
    try:
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        redirect(request)
        restrict(request)
        if request["how"] == "program":
            os.set_inheritable(writing, False)
            os.execv(sys.executable, [sys.executable, *request["words"]])
        code = _call(request)
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(writing, json.dumps(_usage()).encode())
    except BaseException:  # noqa: BLE001  shown with what the run printed
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _usage() -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    family = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu_s": own.ru_utime + own.ru_stime,
        "rss": own.ru_maxrss * 1024,
        "family_rss": family.ru_maxrss * 1024,
    }


def _call(request: ForkRequest) -> int:
    """The command in this process; what Python does with an exception that nobody catches."""
    from harness.cli.main import main

    sys.argv = [request["how"], *request["words"]]
    try:
        if request["how"] == "parity":
            main()
            return 0
        return _pytest(request)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  a traceback is what the campaign looks for
        traceback.print_exc()
        return 1


def _pytest(request: ForkRequest) -> int:
    """Run pytest with the plugin; a line for each item and file says what it took here."""
    import pytest

    import harness.plugin

    def note(nodeid: str, start: float) -> None:
        line = json.dumps([nodeid, time.process_time() - start]) + "\n"
        with Path(f"{request['out']}.times").open("a", encoding="utf-8") as file:
            file.write(line)

    class Times:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
            start = time.process_time()
            found = yield
            note(item.nodeid, start)
            return found

        @pytest.hookimpl(wrapper=True)
        def pytest_make_collect_report(
            self, collector: pytest.Collector
        ) -> Generator[None, Any, Any]:
            start = time.process_time()
            found = yield
            note(collector.nodeid, start)
            return found

    return int(pytest.main(request["words"], plugins=[harness.plugin, Times()]))


if __name__ == "__main__":
    serve()
