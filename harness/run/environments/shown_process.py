"""A process whose output is shown as it comes, and whose last lines say why it failed."""

import re
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.results.printable import printable

KEPT_LINES = 40
"""Last lines of the output that are kept."""
REASON_LINES = 6
"""Of them, how many a reason has."""
MAX_REASON = 900
"""Characters of a reason."""
GRACE_S = 30
"""Seconds that a process gets to write its reports after it was asked to end."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""tox repeats in red what failed, also where it is told to use no colours."""


@dataclass(frozen=True)
class EndedProcess:
    """A process that ended."""

    code: int
    """Its exit code; negative for a signal."""
    output: str
    """The last lines of what it printed."""

    @property
    def reason(self) -> str:
        """Its last lines in one, with the exit code."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip(" =-_~")]
        said = " / ".join(lines[-REASON_LINES:])[-MAX_REASON:]
        return f"exit code {self.code}: {said or 'it printed nothing'}"


def run_shown(
    command: Sequence[str], variables: Mapping[str, str], folder: Path, *, quiet: bool = False
) -> EndedProcess:
    """Run a command in a folder with its output on stderr; quiet, it is only kept.

    Where this process is asked to end, the other one is too, and waited for. Raises OSError where
    it can't be started.
    """
    last: deque[str] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(  # noqa: S603  no shell
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
    ) as process:
        try:
            for coloured in process.stdout or ():
                line = _COLOUR.sub("", coloured)
                if not quiet:
                    print(printable(line.rstrip("\n")), file=sys.stderr, flush=True)  # noqa: T201
                last.append(line)
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    return EndedProcess(code, "".join(last))


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
