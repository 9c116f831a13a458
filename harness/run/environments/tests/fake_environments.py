"""Environments that are folders on PYTHONPATH, each with one version of a fake compiler."""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

TOX = """#!{python}
import sys
NAMES = {names!r}
words = sys.argv[1:]
name = words[words.index("-e") + 1]
if name not in NAMES:
    print(f"provided environments not found in configuration file: {{name}}")
    sys.exit(254)
if words[0] == "config":
    print(f"[testenv:{{name}}]\\nenv_python = {folder}/{{name}}/python\\ndeps =")
    print("\\n".join("  " + line for line in NAMES[name]))
elif name == "uninstallable":
    print("ERROR: No matching distribution found for fake-compiler==9.0")
    sys.exit(1)
"""
"""A program that answers as tox does."""

UV = """#!{python}
import os, re, sys
from pathlib import Path
words, last = sys.argv[1:], Path(sys.argv[-1])
if words[:2] == ["pip", "compile"]:
    found = Path("requirements.in").read_text()
    if "fake-compiler==1.3" in found or "apache-tvm" in found:
        sys.exit("there is no wheel of it for this Python")
    Path("requirements.txt").write_text("\\n".join(re.findall(".*==.*", found)))
elif words[0] == "venv":
    (last / "bin").mkdir(parents=True)
else:
    version = re.search("fake-compiler==(.*)", Path("requirements.txt").read_text())[1]
    os.symlink({folder!r} + f"/{{version}}/python", words[words.index("--python") + 1])
"""
"""A program that does what `UvEnvironment` asks of uv, with the versions below a folder."""


def add_version(folder: Path, distribution: str, version: str, brighter: int | None = 0) -> Path:
    """A folder with one version of the fake compiler; with None it can't be imported."""
    about = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    (about / "METADATA").write_text(metadata)
    code = f"NAME = {distribution!r}\nBRIGHTER = {brighter}\n"
    broken = "raise ImportError('fake_compiler was built for another Python')\n"
    (folder / "fake_compiler.py").write_text(broken if brighter is None else code)
    return folder


def add_python(folder: Path, *also: Path) -> Path:
    """A Python that also sees `folder`: this one, called with another PYTHONPATH."""
    path = os.pathsep.join(map(str, (folder, *also)))
    script = f'#!/bin/sh\nPYTHONPATH="{path}:$PYTHONPATH" exec "{sys.executable}" "$@"\n'
    return _program(folder / "python", script)


def add_uv(folder: Path) -> Path:
    """A `uv` in a folder of its own, for the Pythons of `folder/VERSION`; it can't have 1.3."""
    programs = folder / "uv-programs"
    programs.mkdir()
    _program(programs / "uv", UV.format(python=sys.executable, folder=str(folder)))
    return programs


def add_tox(folder: Path, names: Mapping[str, tuple[str, ...]]) -> Path:
    """A `tox` in a folder of its own, that has these environments with these requirements."""
    programs = folder / "programs"
    programs.mkdir()
    text = TOX.format(python=sys.executable, names=dict(names), folder=folder)
    _program(programs / "tox", text)
    return programs


def _program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
