"""Installed package → the files that its RECORD lists, and no others."""

import csv
import importlib.metadata
import re
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from harness.errors import AssetError, AssetUseError, nearest

WILDCARD = re.compile(r"[*?\[]")


def install_command(package: str) -> str:
    """The shell command that installs a package.

    >>> install_command("scikit-image")
    'python -m pip install scikit-image'
    """
    return f"python -m pip install {shlex.quote(package)}"


def listed(package: str, file: str) -> list[tuple[str, Path]]:
    """(name in the RECORD, place on disk) of each file that `file`, a name or a pattern, matches.

    Sorted; empty where a pattern matches nothing. Raises AssetError where the package is not
    installed or lists no such file. Whether a listed file still exists is not checked.
    """
    try:
        installed = importlib.metadata.distribution(package)
    except (importlib.metadata.PackageNotFoundError, ValueError) as error:
        raise AssetError(
            f"package {package!r} is not installed; run: {install_command(package)}"
        ) from error
    return listed_in(installed, package, file)


def listed_in(
    installed: importlib.metadata.Distribution, package: str, file: str
) -> list[tuple[str, Path]]:
    """As `listed`, of a distribution that was found."""
    record = _record(installed, package)
    if file in record:
        hits = [file]
    elif WILDCARD.search(file):
        wanted = PurePosixPath(file).parts
        hits = sorted(name for name in record if _matches(PurePosixPath(name).parts, wanted))
    else:
        raise AssetUseError(
            f"package {package!r} {installed.version} lists no file {file!r} "
            f"({nearest(file, record)}); correct the name, or try another version: "
            f"{install_command(package)} --upgrade"
        )
    return [(name, Path(str(installed.locate_file(str(record[name]))))) for name in hits]


def _record(installed: importlib.metadata.Distribution, package: str) -> dict[str, PurePosixPath]:
    """Name → path of each listed file that lies beside the package, whether or not it is there.

    `Distribution.files` leaves out what is not there since Python 3.12, and before it where another
    package loads importlib_metadata. Source of the format: the Python packaging guide, "Recording
    installed projects", https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    try:
        lines = list(csv.reader((installed.read_text("RECORD") or "").splitlines()))
        names = [name for name, _, size in lines if int(size or 0) >= 0]
    except (ValueError, csv.Error) as error:
        raise AssetError(
            f"package {package!r} {installed.version} has a RECORD that is no list of files: "
            f"{error}; repair it: {install_command(package)} --force-reinstall"
        ) from error
    # Scripts are listed as ../../bin/…; what lies outside of site-packages is no asset.
    paths = (PurePosixPath(name) for name in names)
    return {str(p): p for p in paths if ".." not in p.parts and not p.is_absolute()}


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path matches a pattern part by part; `**` stands for any number of folders.

    >>> _matches(("skimage", "data", "cat.png"), ("skimage", "*", "*.png"))
    True
    >>> _matches(("a", "b", "c.png"), ("**", "*.png")), _matches(("a", "b.png"), ("*.png",))
    (True, False)
    """
    starts = {0}  # numbers of parts that the pattern so far can stand for
    for wanted in pattern:
        if wanted == "**":
            starts = set(range(min(starts), len(parts) + 1)) if starts else starts
        else:
            fitting = (at for at in starts if at < len(parts) and fnmatchcase(parts[at], wanted))
            starts = {at + 1 for at in fitting}
    return len(parts) in starts
