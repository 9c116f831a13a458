"""Why a worker process died: exit status, the kernel's count of out-of-memory kills, its log."""

import errno
import os
import re
import signal
from pathlib import Path

from harness.execution.worker_call import WorkerError
from harness.results.status import Status

MAX_LINE = 300
"""Characters of a printed line that become part of a message."""
RECENT_CHARS = 4000
"""How much of the end of a log is taken for what the process printed as it died."""
MAX_FRAMES = 3
"""Python functions that a message names, the innermost first."""
# A process that dies of std::bad_alloc or of LLVM's allocator exits by SIGABRT, as it does for any
# failed assertion; the text which the foreign program printed is the only evidence of the cause.
_OUT_OF_MEMORY_TEXTS = ("std::bad_alloc", "MemoryError", "Cannot allocate memory", "OOM when")

_ERROR = re.compile(r"error|assert|abort|check failed|terminate called", re.IGNORECASE)
_STACK = re.compile(r"@ +0x|#\d+ +0x|\*\*\* ")
"""A line of a native stack: its symbols are named for errors without being one."""
_FRAME = re.compile(r'^ +File "(.+)", line (\d+) in (.+)$', re.MULTILINE)


def explain_death(name: str, exit_code: int | None, log: str, *, oom_killed: bool) -> WorkerError:
    """The error for a worker process that died during a call.

    `exit_code` is negative for a signal and None where the process still runs but has closed its
    channel; `oom_killed` says that the kernel has ended a process for memory since the call began.
    """
    own, fatal, frames = _parts(log)
    how, recent = f"{name} died: {_cause(exit_code)}", own[-RECENT_CHARS:]
    killed = exit_code == -signal.SIGKILL and oom_killed
    if killed or any(text in recent for text in _OUT_OF_MEMORY_TEXTS):
        why = "the kernel ended it for memory" if killed else "it could not get memory"
        return WorkerError(Status.OUT_OF_MEMORY, f"{how}; {why}", log)
    line = _telling_line(recent, fatal)
    printed = f"; it printed: {line}" if line else ""
    where = f"; it was in {frames}" if frames else ""
    return WorkerError(Status.CRASHED, f"{how}{printed}{where}", log)


def full_disk(text: str) -> bool:
    """Whether an error's text says that a disk is full.

    The text, since compilers and linkers that a function starts turn the error into their own.
    """
    return any(os.strerror(code) in text for code in (errno.ENOSPC, errno.EDQUOT))


def kernel_oom_kills() -> int:
    """How many processes the kernel has ended for memory since boot; 0 where it does not say."""
    try:
        counters = Path("/proc/vmstat").read_text(encoding="ascii").split()
        return int(counters[counters.index("oom_kill") + 1])
    except (OSError, ValueError):
        return 0


def _cause(exit_code: int | None) -> str:
    if exit_code is None:
        return "it closed its channel but went on running"
    if exit_code < 0:
        return f"killed by signal {-exit_code} ({signal.Signals(-exit_code).name})"
    return f"it ended with exit code {exit_code}"


def _parts(log: str) -> tuple[str, str, str]:
    """What the process printed itself, faulthandler's first line, and the functions it was in.

    faulthandler ends its part with the names of all extension modules, more than fit a message.
    """
    own, mark, rest = log.rpartition("Fatal Python error: ")
    if not mark:
        return log, "", ""
    fatal, _, threads = rest.partition("\n")
    current = threads.partition("Current thread")[2].partition("\n\n")[0]
    frames = [f"{name} ({Path(file).name}, line {n})" for file, n, name in _FRAME.findall(current)]
    return own, mark + fatal, " < ".join(frames[:MAX_FRAMES])


def _telling_line(text: str, fatal: str) -> str:
    """The last line that speaks of an error, else faulthandler's, else the last line, if any."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.search(line) and not _STACK.match(line)]
    return (errors[-1:] or [fatal or (lines or [""])[-1]])[0][:MAX_LINE]
