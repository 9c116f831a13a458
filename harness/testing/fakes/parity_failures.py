"""Every way in which a fake program fails, hangs, dies or ends the process that called it."""

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

FLOOD_LINES = 100_000
WAIT_S = 0.03
BUSY_S = 0.05


def fail(when: str) -> None:
    raise ValueError(f"the fake {when} fails, as asked")


def abort(_: str) -> None:
    print("LLVM ERROR: assertion failed, as asked", flush=True)
    os.abort()


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def segfault(_: str) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def terminate(_: str) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def busy(_: str) -> None:
    """Hold a core for BUSY_S of processor time, then go on."""
    begun = time.process_time()
    while time.process_time() < begun + BUSY_S:
        pass


def wait(_: str) -> None:
    """As a program on a device of its own does, that takes its time."""
    threading.Event().wait(WAIT_S)


def hang(_: str) -> None:
    threading.Event().wait()


def hoard(_: str) -> None:
    hoarded = []
    while True:
        hoarded.append(np.ones(1 << 22))


def silent(_: str) -> None:
    os._exit(0)


def leave(_: str) -> None:
    sys.exit(3)


def flood(_: str) -> None:
    """Some megabytes on stdout and on stderr, and bytes that are no text."""
    for stream in (sys.stdout, sys.stderr):
        for _line in range(FLOOD_LINES):
            stream.write("the fake program has a lot to say\n")
        stream.flush()
    os.write(1, b"\xff\xfe\x1b[2J\0")


def speak(_: str) -> None:
    """What looks like an answer, on the stream where answers are not read."""
    print('{"payload": {"payload": {}}, "arrays": []}', flush=True)


def babble(_: str) -> None:
    """Bytes of its own on the channel where an answer is expected."""
    os.write(int(sys.argv[1]), b"garbage on the channel")
    threading.Event().wait()


def mute(_: str) -> None:
    """Close the channel and go on."""
    os.close(int(sys.argv[1]))
    threading.Event().wait()


def exhausted(_: str) -> None:
    raise MemoryError


def recursive(when: str) -> None:
    recursive(when)


def long_message(_: str) -> None:
    raise ValueError("x" * 10_000_000)


def markup(_: str) -> None:
    raise ValueError("[red]no[/bird] \x1b[2J\x07 =1+1 <script>alert(1)</script>")


def children(_: str) -> None:
    """Leave a process behind in a session of its own, and die."""
    if os.fork() == 0:
        os.closerange(0, 64)
        threading.Event().wait()
    os.kill(os.getpid(), signal.SIGKILL)


def lose(_: str) -> None:
    """A file in place of the folder that the environment names: the cache is gone."""
    lost = Path(os.environ["PARITY_FAKE_LOST"])
    shutil.rmtree(lost)
    lost.touch()


def _signal_victim(number: signal.Signals) -> Any:
    """Signals the process whose number is in a file that the environment names, if it is there."""

    def send(_: str) -> None:
        victim = Path(os.environ["PARITY_FAKE_VICTIM"])
        if victim.exists():
            os.kill(int(victim.read_text()), number)
            threading.Event().wait()

    return send


def _signal_parent(number: signal.Signals) -> Any:
    def send(_: str) -> None:
        os.kill(os.getppid(), number)
        threading.Event().wait()

    return send


FAILURES = {
    "fail": fail,
    "abort": abort,
    "kill": kill,
    "segfault": segfault,
    "terminate": terminate,
    "wait": wait,
    "busy": busy,
    "hang": hang,
    "hoard": hoard,
    "silent": silent,
    "leave": leave,
    "flood": flood,
    "speak": speak,
    "babble": babble,
    "mute": mute,
    "exhausted": exhausted,
    "recursive": recursive,
    "longmessage": long_message,
    "markup": markup,
    "children": children,
    "lose": lose,
    "killvictim": _signal_victim(signal.SIGKILL),
    "interruptvictim": _signal_victim(signal.SIGINT),
    "sigkillparent": _signal_parent(signal.SIGKILL),
    "sigtermparent": _signal_parent(signal.SIGTERM),
    "sigintparent": _signal_parent(signal.SIGINT),
    "sighupparent": _signal_parent(signal.SIGHUP),
}


def misbehave(target: str, when: str) -> None:
    """Do what the target names (`kill-run`) where `when` is its second part."""
    if target.startswith("say "):
        raise ValueError(target)
    name, _, stage = target.rpartition("-")
    if stage == when and name in FAILURES:
        FAILURES[name](when)
