"""The releases of a package: listed by an index, or given; in the order of versions."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import sys_tags
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from harness.errors import UsageError

INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
"""Environment variables that name the index, the first that is set."""
INDEX = "https://pypi.org/simple"
ACCEPTED = "application/vnd.pypi.simple.v1+json"
"""The form of an index's answer (PEP 691)."""
MAX_INDEX_BYTES = 64 << 20
"""Of an index's answer about one package; NumPy's has 4 MB."""
TIMEOUT_S = 60
"""Seconds without a byte of it."""


def versions_in(words: str) -> list[Version]:
    """Versions separated by commas, as they are given; raises UsageError.

    >>> [str(one) for one in versions_in("0.27, 0.25.0")]
    ['0.27', '0.25.0']
    """
    return [version_in(word.strip()) for word in words.split(",") if word.strip()]


def version_in(word: str) -> Version:
    """A version; UsageError where a text is none."""
    try:
        return Version(word)
    except InvalidVersion as error:
        raise UsageError(f"'{word:.80}' is no version; write it as 0.27.0 (PEP 440)") from error


def between(releases: Iterable[Version], good: Version, bad: Version) -> list[Version]:
    """The releases from `good` to `bad`, both included, in the order in which they are searched.

    Where `good` is the newer one, that is from new to old. Raises UsageError.

    >>> known = versions_in("0.27.0, 0.25.0, 0.26.0")
    >>> [str(one) for one in between(known, Version("0.27"), Version("0.26"))]
    ['0.27.0', '0.26.0']
    """
    known = sorted(set(releases))
    for word, version in (("good", good), ("bad", bad)):
        if version not in known:
            listed = ", ".join(map(str, known)) or "none"
            raise UsageError(
                f"--{word} {version} is no release that can be had; there are {listed}"
            )
    if good == bad:
        raise UsageError(f"--good and --bad are the same version, {good}; name two")
    low, high = sorted((known.index(good), known.index(bad)))
    return known[low : high + 1][:: 1 if good < bad else -1]


def listed_releases(package: str) -> list[Version]:
    """The final releases on the index that can be installed here, by their versions.

    Raises UsageError where the index can't be read.
    """
    index = next((os.environ[name] for name in INDEX_VARIABLES if os.environ.get(name)), INDEX)
    return installable(package, _answer(package, index).get("files", ()))


def installable(package: str, files: Sequence[Mapping[str, Any]]) -> list[Version]:
    """The releases with a file for this Python and machine; no pre-release, none that was yanked.

    `files` are those of an index's answer (PEP 691).
    """
    tags, python = frozenset(sys_tags()), ".".join(map(str, sys.version_info[:3]))
    found = {
        version
        for file in files
        if not file.get("yanked") and _takes(file.get("requires-python") or "", python)
        for version in _version_of(package, str(file.get("filename", "")), tags)
        if not version.is_prerelease
    }
    return sorted(found)


def _version_of(package: str, filename: str, tags: frozenset[Any]) -> list[Version]:
    """The version of a wheel that runs here or of a source archive; none of another file."""
    try:
        if filename.endswith(".whl"):
            name, version, _, its = parse_wheel_filename(filename)
            fits = not tags.isdisjoint(its)
        else:
            (name, version), fits = parse_sdist_filename(filename), True
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return []
    return [version] if fits and name == canonicalize_name(package) else []


def _takes(requires: str, python: str) -> bool:
    try:
        return python in SpecifierSet(requires)
    except InvalidSpecifier:
        return True


def _answer(package: str, index: str) -> Mapping[str, Any]:
    """What the index says of a package."""
    import requests

    url = f"{index.rstrip('/')}/{canonicalize_name(package)}/"
    accept = {"Accept": ACCEPTED}
    try:
        with requests.get(url, headers=accept, timeout=TIMEOUT_S, stream=True) as reply:
            reply.raise_for_status()
            found = json.loads(reply.raw.read(MAX_INDEX_BYTES, decode_content=True))
    except (requests.RequestException, ValueError, OSError) as error:
        raise _unreadable(url, str(error)) from error
    if not isinstance(found, dict):
        raise _unreadable(url, "its answer is no JSON object")
    return found


def _unreadable(url: str, why: str) -> UsageError:
    from harness.inputs.download import without_secrets

    return UsageError(
        f"the releases can't be listed: {without_secrets(url):.300}: {why:.500}; name them with "
        "--versions, such as --versions 0.25.0,0.26.0,0.27.0, or another index with "
        "UV_DEFAULT_INDEX"
    )
