"""Stdin, stdout, stderr and the working folder, whatever state the command was started with."""

import io
import os
import sys
from pathlib import Path
from signal import SIGPIPE

from harness.errors import UsageError


class _Output(io.TextIOWrapper):
    """Stdout: UsageError where it can't be written; a reader that has left ends the command."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise self._end(error) from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise self._end(error) from error

    def _end(self, error: OSError) -> BaseException:
        _drop(self)
        if isinstance(error, BrokenPipeError):
            return SystemExit(128 + SIGPIPE)
        return UsageError(f"the results can't be written to stdout: {error.strerror}")


class _Messages(io.TextIOWrapper):
    """Stderr: what can't be written there is lost, and nothing else."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError:
            return _drop(self)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            _drop(self)


def _drop(stream: io.TextIOWrapper) -> int:
    """From now on what is written to the stream, and what it still holds, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return 0


def prepare() -> None:
    """Make the streams usable; raises UsageError where stdout or the working folder is missing.

    A character that stdout's encoding lacks is replaced.
    """
    opened = _open_closed_descriptors()
    encoding = getattr(sys.stderr, "encoding", None)
    sys.stderr = _Messages(_buffer(2), encoding, "backslashreplace", line_buffering=True)
    if 1 in opened:
        raise UsageError(
            "stdout is closed, and the results go there; redirect it to a file, or to /dev/null"
        )
    encoding = sys.stdout.encoding
    sys.stdout = _Output(_buffer(1), encoding, "replace", line_buffering=sys.stdout.isatty())
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(
            f"the working folder can't be read: {error.strerror}; change to one that exists"
        ) from error


def _open_closed_descriptors() -> set[int]:
    """Lead those of 0, 1 and 2 that are closed nowhere: a file opened later would take their place.

    What a compiler prints would then be in that file.
    """
    opened = set()
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            opened.add(descriptor)
    return opened


def _buffer(descriptor: int) -> io.BufferedWriter:
    return io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
