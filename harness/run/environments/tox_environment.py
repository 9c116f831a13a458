"""An environment of a project's tox configuration."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from harness.errors import UnusableEnvironmentError, UsageError
from harness.run.environments.environment import Environment, pins_of
from harness.run.environments.shown_process import EndedProcess, run_shown

PYTHON, REQUIREMENTS = "env_python", "deps"
"""What is asked of tox's configuration."""


@dataclass(frozen=True)
class ToxEnvironment:
    """One environment by its name in tox.ini."""

    name: str
    """As tox calls it."""
    python: Path
    """Where its Python will be."""
    pins: Mapping[str, str]
    """What its `deps` pin."""

    @classmethod
    def named(cls, name: str) -> Self:
        """The environment of that name, as tox.ini here declares it; makes nothing.

        Raises UsageError where tox is missing or declares none.
        """
        ended = _tox("config", "-e", name, "-k", PYTHON, REQUIREMENTS, quiet=True)
        found = _values(ended.output)
        if ended.code or not found.get(PYTHON):
            raise UsageError(
                f"tox has no environment '{name}' here; `tox list` shows those it has "
                f"({ended.reason})"
            )
        return cls(name, Path(found[PYTHON].strip()), pins_of(found.get(REQUIREMENTS, "")))

    def make(self) -> Environment:
        """Install what it declares, where it is not there; raises UnusableEnvironmentError."""
        ended = _tox("run", "-e", self.name, "--notest")
        if ended.code or not self.python.exists():
            raise UnusableEnvironmentError(
                f"environment {self.name} can't be made, {ended.reason}. Make it by "
                f"`tox run -e {self.name} --notest`, or leave it out"
            )
        return Environment(self.python)


def _tox(*words: str, quiet: bool = False) -> EndedProcess:
    return run_shown([*_program(), *words], os.environ, Path.cwd(), quiet=quiet)


def _program() -> Sequence[str]:
    if find_spec("tox") is not None:
        return sys.executable, "-m", "tox"
    found = shutil.which("tox")
    if found is None:
        raise UsageError("tox is not installed here, and makes these environments: pip install tox")
    return (found,)


def _values(printed: str) -> dict[str, str]:
    r"""What `tox config` says of one environment: key to value, further lines of it below.

    >>> _values("[testenv:a]\nenv_python = /a\ndeps =\n  b==1\n  c\n")
    {'env_python': '/a', 'deps': '\nb==1\nc'}
    """
    found: dict[str, str] = {}
    key = ""
    for line in printed.splitlines():
        if line.startswith(" "):
            found[key] = f"{found.get(key, '')}\n{line.strip()}"
        elif "=" in line and not line.startswith("["):
            key, _, value = (part.strip() for part in line.partition("="))
            found[key] = value
    return found
