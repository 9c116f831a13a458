"""The worker process's side: receive a function's name and arguments, send its result.

Run as `python -m harness.execution.worker_main CHANNEL LIFE` by `execution.worker`, never by hand.
"""

import contextlib
import faulthandler
import importlib
import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from harness.errors import NoScoresError
from harness.execution import channel
from harness.execution.post_mortem import full_disk
from harness.results.status import Status
from harness.stacks.protocol import Arrays

_MESSAGE_CHARS = 2000


def main() -> None:
    """Serve calls until the harness closes the channel."""
    for descriptor in sys.argv[1:3]:  # what a compiler starts must not keep them open
        os.set_inheritable(int(descriptor), False)
    connection, life = Connection(int(sys.argv[1])), int(sys.argv[2])
    threading.Thread(target=_end_with_the_harness, args=(life,), daemon=True).start()
    faulthandler.enable()
    with contextlib.suppress(OSError):  # the kernel should end the worker before the harness
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(EOFError, OSError):
        while True:
            request, arrays = channel.receive(connection)
            answer, returned = _answer(request, arrays)
            channel.send(connection, answer, returned)
    # Two frameworks in one process can die in their destructors with "free(): invalid pointer"
    # (docs/measured.md, "TVM 0.19 beside TensorFlow"); nothing is left to do, so leave without
    # running them.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _end_with_the_harness(life: int) -> None:
    os.read(life, 1)  # returns at end of file, when the harness is gone, however it went
    os._exit(1)


def _answer(request: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Any]:
    try:
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        payload, returned = function(request["payload"], arrays)
    except Exception as error:  # noqa: BLE001  whatever a program raises is an answer
        return {"error": _describe(error)}, {}
    return {"payload": payload}, returned


def _status(error: Exception) -> Status | None:
    """The status that an exception means whatever the function was for; None for most."""
    if isinstance(error, MemoryError):
        return Status.OUT_OF_MEMORY
    if isinstance(error, NoScoresError) or full_disk(str(error)):
        return Status.NO_EVIDENCE
    return None


def _describe(error: Exception) -> dict[str, Any]:
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if type(error).__module__ == "harness.errors":
        message = str(error)
    return {
        "type": type(error).__name__,
        "status": _status(error),
        "message": message[:_MESSAGE_CHARS],
        "traceback": "".join(traceback.format_exception(error))[-4 * _MESSAGE_CHARS :],
    }


if __name__ == "__main__":
    main()
