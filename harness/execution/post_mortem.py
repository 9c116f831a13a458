"""Why a worker process died: exit status, the kernel's count of out-of-memory kills, its log."""

import signal
from pathlib import Path

from harness.execution.worker_call import WorkerError
from harness.results.status import Status

MAX_LINE = 300
"""Characters of a printed line that become part of a message."""
RECENT_CHARS = 4000
"""How much of the end of a log is taken for what the process printed as it died."""
# A process that dies of std::bad_alloc or of LLVM's allocator exits by SIGABRT, as it does for any
# failed assertion; the text which the foreign program printed is the only evidence of the cause.
_OUT_OF_MEMORY_TEXTS = ("std::bad_alloc", "MemoryError", "Cannot allocate memory", "OOM when")


def explain_death(name: str, exit_code: int | None, log: str, *, oom_killed: bool) -> WorkerError:
    """The error for a worker process that died during a call.

    `exit_code` is negative for a signal and None where the process still runs but has closed its
    channel; `oom_killed` says that the kernel has ended a process for memory since the call began.
    """
    how, recent = f"{name} died: {_cause(exit_code)}", log[-RECENT_CHARS:]
    killed = exit_code == -signal.SIGKILL and oom_killed
    if killed or any(text in recent for text in _OUT_OF_MEMORY_TEXTS):
        why = "the kernel ended it for memory" if killed else "it could not get memory"
        return WorkerError(Status.OUT_OF_MEMORY, f"{how}; {why}", log)
    line = _last_telling_line(recent)
    return WorkerError(Status.CRASHED, f"{how}; it printed: {line}" if line else how, log)


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


def _last_telling_line(log: str) -> str:
    """The last line that speaks of an error, else the last line; empty for an empty log."""
    own = log.partition("Fatal Python error:")[0]  # faulthandler's part says where, not why
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    errors = [
        line for line in lines if "ssert" in line or "rror" in line or "abort" in line.lower()
    ]
    return (errors or lines or [""])[-1][:MAX_LINE]
