"""What is demanded of a function that is given any bytes, and finding out whether it holds.

The function returns, or raises a ParityError with a short message, within bounded time and memory.
Imports little: a fuzzing process instruments the harness's other modules as they are imported.
"""

import contextlib
import resource
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType

from harness.errors import ParityError

MAX_MESSAGE = 5_000
"""Characters of an error's message."""
MAX_CPU_S = 2.0
"""Processor seconds for one input."""
KILLED_AFTER_S = 20.0
"""Processor seconds after which the process ends, where the function does not let go of it."""
MAX_MEMORY_BYTES = 1 << 30
"""Address space that a function may take beyond what its process has."""
MAX_INPUT_BYTES = 1 << 16
"""Of one input: larger ones take longer and find the same."""
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Target:
    """A function that reads foreign bytes, and inputs that reach far into it."""

    run: Callable[[bytes], object]
    """The function; it returns or raises a ParityError."""
    shaped: Callable[[Random], bytes]
    """An input that is nearly right, made of what a random generator draws."""
    refusals: tuple[type[Exception], ...] = ()
    """What it may raise beside a ParityError."""


@dataclass(frozen=True)
class Finding:
    """How a function broke the contract."""

    signature: str
    """The same for two inputs that most likely show one defect."""
    text: str
    """For people: the traceback, or what was exceeded."""


class TooSlowError(BaseException):
    """Raised into the function once it has used MAX_CPU_S; no `except Exception` holds it."""


def examine(target: Target, data: bytes) -> Finding | None:
    """Run a target on one input; None where the contract holds."""
    first = _examined_once(target, data)
    # A first call may import modules.
    return _examined_once(target, data) if first and "slow" in first.signature else first


def _examined_once(target: Target, data: bytes) -> Finding | None:
    try:
        with _limited_time():
            target.run(data)
    except ParityError as error:
        return _long_message(error)
    except target.refusals:
        return None
    except (Exception, TooSlowError) as error:  # noqa: BLE001  whatever it is, it is reported
        return _escaped(error)
    return None


def _long_message(error: ParityError) -> Finding | None:
    length = len(str(error))
    if length < MAX_MESSAGE:
        return None
    shown = f"{str(error)[:300]} … {str(error)[-300:]}"
    text = f"{type(error).__name__} with a message of {length} characters: {shown}\n{_path(error)}"
    return Finding(f"long message {_innermost(error)}", text)


def _escaped(error: BaseException) -> Finding:
    kind = "slow" if isinstance(error, TooSlowError) else type(error).__name__
    said = f"more than {MAX_CPU_S} s of processor time" if kind == "slow" else f"{error!s:.500}"
    return Finding(f"{kind} {_innermost(error)}", f"{kind}: {said}\n{_path(error)}")


@contextlib.contextmanager
def _limited_time() -> Iterator[None]:
    """Two timers of processor time: the first raises TooSlowError, the second ends the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _raise_too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, MAX_CPU_S)
    signal.setitimer(signal.ITIMER_PROF, KILLED_AFTER_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextlib.contextmanager
def limited_memory() -> Iterator[None]:
    """This process may take MAX_MEMORY_BYTES more than it has; beyond that is a MemoryError."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + MAX_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _raise_too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlowError


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The innermost frames of a traceback without this module's own."""
    found = traceback.extract_tb(error.__traceback__)
    return [frame for frame in found if not _place(frame).startswith("harness/testing/fuzz")][-25:]


def _innermost(error: BaseException) -> str:
    ours = [frame for frame in _frames(error) if _place(frame).startswith("harness/")]
    return f"{_place(ours[-1])}:{ours[-1].name}" if ours else "outside"


def _path(error: BaseException) -> str:
    return "\n".join(
        f"  {_place(frame)}:{frame.lineno} {frame.name}: {frame.line}" for frame in _frames(error)
    )


def _place(frame: traceback.FrameSummary) -> str:
    """A file's path, from the repository or from the folder of a package."""
    path = Path(frame.filename)
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    return "/".join(path.parts[-2:])
