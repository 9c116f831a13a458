"""An environment that uv makes: this one, with another version of one package."""

import hashlib
import json
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

from filelock import FileLock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import harness
from harness.errors import UnusableEnvironmentError, UsageError
from harness.run.environments.environment import Environment, pins_of
from harness.run.environments.shown_process import run_shown

OWN = "parity-harness"
"""This distribution: in the environments it is the one that runs here."""
COMPANIONS = {"apache-tvm": ("apache-tvm-ffi",)}
"""Packages whose binary interface another one is built against: each release of that one is given
the oldest version that it accepts, since a newer one may make it unusable (docs/measured.md,
"TVM 0.27, versions")."""
WANTED, RESOLVED = "requirements.in", "requirements.txt"
"""What an environment is made of, and the versions that uv found for it."""


@dataclass(frozen=True)
class UvEnvironment:
    """As this environment, but for the version of one package; kept under what it consists of."""

    package: str
    """The package that differs, in its canonical spelling."""
    version: str
    """Its version."""
    cache: Path
    """Folder of all environments that uv made."""
    held: Mapping[str, str]
    """Package to version, or to a line of requirements with an address: what is installed here."""
    also: Sequence[str] = ()
    """Further requirements, such as `apache-tvm-ffi==0.1.9`."""
    options: Sequence[str] = ()
    """Options of uv, such as `--offline`."""
    resolved: dict[str, str] = field(default_factory=dict, compare=False)
    """Package to version as uv found them; empty before `make`."""

    @property
    def name(self) -> str:
        """Package and version."""
        return f"{self.package}-{self.version}"

    @property
    def pins(self) -> Mapping[str, str]:
        """The one version."""
        return {self.package: self.version}

    def make(self) -> Environment:
        """The environment, from the cache where it is there; raises UnusableEnvironmentError.

        Every other package keeps its version where the wanted one allows it.
        """
        self.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.cache, prefix="making-") as temporary:
            folder = Path(temporary)
            requirements = self._resolve(folder)
            self.resolved.update(pins_of(requirements))
            key = hashlib.sha256(f"{sys.version}\n{requirements}".encode()).hexdigest()[:40]
            place = self.cache / key
            with FileLock(f"{place}.lock"):
                if not place.is_dir():
                    self._install(folder, place)
        return Environment(place / "bin" / "python", {"PYTHONPATH": _python_path(self.cache)})

    def _resolve(self, folder: Path) -> str:
        """Exact versions of all packages; uv keeps those that a file of them has, if it can."""
        fixed = [*self._companions(folder), f"{self.package}=={self.version}", *self.also]
        named = {canonicalize_name(Requirement(line).name) for line in fixed}
        others = {name: value for name, value in self.held.items() if name not in named}
        names = [value if "@" in value else name for name, value in others.items()]
        known = [f"{name}=={value}" for name, value in others.items() if "@" not in value]
        (folder / RESOLVED).write_text("\n".join(known) + "\n")
        return self._compiled(folder, [*names, *fixed])

    def _companions(self, folder: Path) -> list[str]:
        """What the package's companions must be; nothing where its version is the one here."""
        given = {canonicalize_name(Requirement(line).name) for line in self.also}
        wanted = [one for one in COMPANIONS.get(self.package, ()) if one not in given]
        if not wanted or self.held.get(self.package) == self.version:
            return []
        alone = [f"{self.package}=={self.version}"]
        oldest = pins_of(self._compiled(folder, alone, "--resolution", "lowest"))
        return [f"{one}=={oldest[one]}" for one in wanted if one in oldest]

    def _compiled(self, folder: Path, requirements: Sequence[str], *options: str) -> str:
        """Exact versions that meet the requirements."""
        (folder / WANTED).write_text("\n".join(requirements) + "\n")
        self._uv(
            folder,
            *("pip", "compile", WANTED, "--output-file", RESOLVED, "--python", sys.executable),
            *("--no-header", "--no-annotate", "--quiet", *options),
        )
        return (folder / RESOLVED).read_text()

    def _install(self, folder: Path, place: Path) -> None:
        """Make the environment beside its place, and move it there once it is whole."""
        made = folder / "environment"
        self._uv(folder, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(made))
        python = str(made / "bin" / "python")
        self._uv(folder, "pip", "install", "--python", python, "-r", RESOLVED)
        shutil.copy(folder / RESOLVED, made / RESOLVED)  # for whoever wonders what this folder is
        made.replace(place)

    def _uv(self, folder: Path, *words: str) -> None:
        ended = run_shown([uv_program(), *words, *self.options], os.environ, folder)
        if ended.code:
            raise UnusableEnvironmentError(
                f"environment {self.name} can't be made: uv {words[0]}, {ended.reason}. Where "
                "another package must change with it, name that with --with, such as "
                "--with numpy==2.1.0"
            )


def uv_program() -> str:
    """The path of uv: on PATH, or beside this Python; raises UsageError."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("uv", path=os.pathsep.join((os.environ.get("PATH", ""), scripts)))
    if found is None:
        raise UsageError(
            "uv is not installed here, and makes these environments: pip install uv (or "
            "'parity-harness[versions]')"
        )
    return found


def held_packages() -> dict[str, str]:
    """Every package that is installed here, but the harness, to its version or its address."""
    found = {canonicalize_name(one.metadata["Name"] or ""): _held(one) for one in distributions()}
    return {name: value for name, value in sorted(found.items()) if name not in ("", OWN)}


def _held(one: Distribution) -> str:
    """The version; a line of requirements for what was installed from an address."""
    try:
        address = json.loads(one.read_text("direct_url.json") or "{}")
    except ValueError:
        address = {}
    url = address.get("url") if isinstance(address, dict) else None
    return f"{one.metadata['Name']} @ {url}" if url else one.version


def _python_path(cache: Path) -> str:
    """A folder that has the harness and nothing else, before what PYTHONPATH has here."""
    package = Path(harness.__file__).resolve().parent
    folder = cache / f"harness-{hashlib.sha256(str(package).encode()).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    link = folder / package.name
    if not link.is_symlink():
        link.symlink_to(package)
    return os.pathsep.join(p for p in (str(folder), os.environ.get("PYTHONPATH", "")) if p)
