"""Targets that break the fuzzer's contract, one in each way."""

import os
from random import Random

from harness.errors import GraphError
from harness.testing.fuzz.contract import Target


def _shaped(random: Random) -> bytes:
    return random.randbytes(8)


def _refuses(data: bytes) -> None:
    raise GraphError(f"{data!r} is no graph")


def _fails(data: bytes) -> None:
    raise ValueError("a defect")


def _talks(data: bytes) -> None:
    class WordyError(GraphError):
        def __str__(self) -> str:
            return "x" * 5_000

    raise WordyError


def _takes_memory(data: bytes) -> int:
    return len(bytearray(1 << 32))


def _takes_time(data: bytes) -> None:
    while True:
        pass


def _ends(data: bytes) -> None:
    os.abort()


TARGETS = {
    "holds": Target(len, _shaped),
    "refuses": Target(_refuses, _shaped),
    "fails": Target(_fails, _shaped),
    "talks": Target(_talks, _shaped),
    "memory": Target(_takes_memory, _shaped),
    "time": Target(_takes_time, _shaped),
    "ends": Target(_ends, _shaped),
}
