"""SIGTERM and SIGHUP end a run as Ctrl-C does, so that what had arrived is reported."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def raised_by_signals(error: Callable[[int], BaseException]) -> Iterator[None]:
    """The first of SIGNALS raises `error` of its number in the main thread; later ones do nothing.

    `timeout` sends two at once: the second must not cut the report short. A signal that is ignored
    (`nohup`) or has a handler already stays as it is, and so do all outside of the main thread.
    """
    raised = False

    def handle(number: int, _: FrameType | None) -> None:
        nonlocal raised
        if not raised:
            raised = True
            raise error(number)

    main = threading.current_thread() is threading.main_thread()
    free = [one for one in SIGNALS if main and signal.getsignal(one) is signal.SIG_DFL]
    for one in free:
        signal.signal(one, handle)
    try:
        yield
    finally:
        for one in free:
            signal.signal(one, signal.SIG_DFL)
