"""What a fork puts itself into: streams, limits, permissions, a folder that is gone."""

import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Literal, TypedDict

Stream = Literal["file", "closed", "full", "broken"]
"""A file; no descriptor; a device without space; a pipe that nobody reads."""
_DROP_BOUNDING = 24  # of prctl
_CAPABILITIES_OF_FILES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_CAPABILITY_VERSION = 0x20080522


class ForkRequest(TypedDict):
    """One run."""

    how: Literal["parity", "pytest", "program"]
    words: list[str]
    folder: str
    environment: dict[str, str]
    out: str
    stdout: Stream
    memory: int
    gone: bool
    unprivileged: bool
    seconds: int


def prctl(option: int, argument: int) -> None:
    """A control of this process that Python has no function for."""
    ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0)


def redirect(request: ForkRequest) -> None:
    """Files, or something worse, as stdout and stderr."""
    where = request["out"]
    err = os.open(f"{where}.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    out = os.open(f"{where}.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    if request["stdout"] == "full":
        out = os.open("/dev/full", os.O_WRONLY)
    if request["stdout"] == "broken":
        reading, out = os.pipe()
        os.close(reading)
    os.dup2(err, 2)
    os.dup2(out, 1)
    if request["stdout"] == "closed":
        os.close(1)


def restrict(request: ForkRequest) -> None:
    """Less memory, fewer rights, no folder, as the request says."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python itself starts
    # As in a terminal, wherever the tests were started: nohup and a shell's & leave them ignored.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    if request["unprivileged"]:
        _give_up_reading_everything()
    if request["gone"]:
        Path(request["folder"]).rmdir()


def _give_up_reading_everything() -> None:
    """Let permissions of files count for root too, here and in what this process starts."""
    if os.geteuid() != 0:
        return
    for capability in _CAPABILITIES_OF_FILES:
        prctl(_DROP_BOUNDING, capability)
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()
    libc.capget(header, data)
    for capability in _CAPABILITIES_OF_FILES:
        for word in range(3):  # effective, permitted, inheritable
            data[word] &= ~(1 << capability) & 0xFFFFFFFF
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset failed")
