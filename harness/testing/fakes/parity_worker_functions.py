"""Functions that the tests of worker processes call, as `function(payload, arrays)`; most fail."""

import ctypes
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

CHANNEL = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else -1
KEPT = {}


def _print(text: Any, stream: Any = None) -> None:
    stream = stream or sys.stdout
    stream.write(text + "\n")
    stream.flush()


def echo(payload: Any, arrays: Any) -> Any:
    return payload, arrays


def about(payload: Any, _: Any) -> Any:
    """Facts of this process, and every payload of earlier calls merged."""
    KEPT.update(payload)
    found = {"pid": os.getpid(), "kept": KEPT, "environment": dict(os.environ)}
    return found | {"modules": sorted(sys.modules)}, {}


def fail(payload: Any, _: Any) -> None:
    raise ValueError(payload.get("message", ""))


def fail_for_memory(_: Any, __: Any) -> Any:
    return {}, {"x": np.ones(1 << 60, np.uint8)}


def exit_now(payload: Any, _: Any) -> None:
    sys.exit(payload["code"])


def abort(_: Any, __: Any) -> None:
    _print("LLVM ERROR: location of #dbg_declare must be a pointer")
    os.abort()


def read_address_zero(_: Any, __: Any) -> None:
    ctypes.string_at(0)


def kill_itself(_: Any, __: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_for_memory(_: Any, __: Any) -> None:
    _print("terminate called after throwing an instance of 'std::bad_alloc'")
    os.abort()


def write_log(payload: Any, _: Any) -> Any:
    """Leave a text in the worker's log."""
    _print(payload["text"])
    return {}, {}


def hang(_: Any, __: Any) -> None:
    threading.Event().wait()


def start_child(payload: Any, _: Any) -> Any:
    """Start a process that waits, and write its id to a file."""
    child = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
    Path(payload["file"]).write_text(str(child.pid), encoding="ascii")
    return {}, {}


def hang_with_child(payload: Any, _: Any) -> None:
    """Start a process that waits, and wait as well."""
    start_child(payload, _)
    threading.Event().wait()


def wait_for(payload: Any, _: Any) -> Any:
    """Wait until somebody opens a FIFO to write."""
    Path(payload["file"]).read_bytes()
    return {}, {}


def die_and_leave_a_child(payload: Any, _: Any) -> None:
    """A fork, as compilers make them, that keeps this process's end of the channel."""
    pid = os.fork()
    if pid == 0:
        threading.Event().wait()
    os.kill(os.getpid(), signal.SIGKILL)


def hoard(payload: Any, _: Any) -> None:
    KEPT["hoard"] = np.ones(payload["bytes"], np.uint8)
    threading.Event().wait()


def chatter(payload: Any, arrays: Any) -> Any:
    """Write to stdout and stderr from Python, the C library and a child process."""
    _print("noise on stdout " * 1000)
    _print("noise on stderr", sys.stderr)
    os.write(1, b"\xff\x00 raw noise\n")
    subprocess.run(["/bin/sh", "-c", "echo noise of a child; cat"], check=True)
    return payload, arrays


def babble(payload: Any, _: Any) -> None:
    """Write these bytes (hexadecimal) to the channel where an answer is expected."""
    os.write(CHANNEL, bytes.fromhex(payload["hex"]))
    threading.Event().wait()


def answer_as_message(payload: Any, _: Any) -> None:
    """Write these bytes as one well-framed block."""
    body = payload["text"].encode()
    os.write(CHANNEL, struct.pack("!i", len(body)) + body)
    threading.Event().wait()


def answer_with(payload: Any, _: Any) -> Any:
    """Arrays and values that no answer may hold."""
    kinds = {
        "object": {"x": np.array([{}], object)},
        "complex": {"x": np.ones(2, np.complex64)},
        "text": {"x": np.array(["a"])},
    }
    return ({"x": object()}, {}) if payload["kind"] == "value" else ({}, kinds[payload["kind"]])


def close_channel(_: Any, __: Any) -> None:
    os.close(CHANNEL)
    threading.Event().wait()
