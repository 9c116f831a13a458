"""What a candidate has that is the user's own code: a build function, or a prebuilt module.

A build function is known by the bytes of its file and of the Python files beside it, a prebuilt
module by its own.
"""

import hashlib
import shutil
import threading
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from harness.cases.candidate import Candidate
from harness.errors import AssetUseError
from harness.execution.build_cache import BuildCache, CachedBuild, key_of
from harness.execution.outcome import NoAnswer
from harness.results.bounded_file import read_at_most
from harness.results.status import Status
from harness.stacks.own_build import PYTHON
from harness.stacks.protocol import Stack
from harness.stacks.sources import source_digest

MAX_MODULE_BYTES = 1 << 31
"""Bytes of a prebuilt module."""
MAX_SOURCE_BYTES = 1 << 20
"""Bytes of a Python file of a build function."""
MAX_SOURCES = 1000
"""Python files beside it."""


@dataclass(frozen=True)
class OwnFunction:
    """A build function."""

    text: str
    """`path:name` or `module:name`."""
    sha256: str
    """Digest of its source."""

    @classmethod
    def of(cls, text: str) -> "OwnFunction":
        """Raises AssetUseError where its source can't be read, StackError where it has none."""
        where = text.rpartition(":")[0]
        if not where.endswith(PYTHON):
            return cls(text, source_digest(where))
        beside = islice(sorted(Path(where).parent.glob(f"*{PYTHON}")), MAX_SOURCES)
        total = hashlib.sha256()
        for path in beside:
            try:
                content = read_at_most(path, MAX_SOURCE_BYTES)
            except OSError as error:
                raise AssetUseError(f"build: {path} can't be read: {error}") from error
            total.update(path.name.encode() + b"\0" + content + b"\0")
        return cls(text, total.hexdigest())


def module_sha256(path: Path) -> str:
    """Digest of a prebuilt module; raises AssetUseError where it is too large, OSError."""
    found = path.stat()
    if found.st_size > MAX_MODULE_BYTES:
        raise AssetUseError(
            f"module {path} has {found.st_size} bytes; at most {MAX_MODULE_BYTES} are accepted"
        )
    return _sha256(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _sha256(path: Path, _modified: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prebuilt(
    stack: Stack, module: Path, cache: BuildCache, stopped: threading.Event
) -> tuple[CachedBuild, str]:
    """A folder that the stack opens, with the module in it, and a remark for the row.

    Raises NoAnswer where the stack loads none, AssetUseError, OSError.
    """
    if not stack.library:
        reason = f"stack '{stack.name}' loads no prebuilt modules; leave out the key module"
        raise NoAnswer(Status.RUN_FAILED, reason, "run")
    sha256 = module_sha256(module)

    def copy(folder: Path) -> dict[str, object]:
        shutil.copyfile(module, folder / stack.library)
        return {}

    key = key_of(module=sha256, stack=stack.name, versions=stack.versions())
    remark = f"the module {module.name} was built elsewhere; its SHA-256 is {sha256}"
    return cache.obtain(key, copy, stopped), remark


def own_code_sha256(candidate: Candidate) -> str:
    """Digest of a candidate's own code; empty where it has none. Raises as the others here."""
    if candidate.module:
        return module_sha256(Path(candidate.module))
    return OwnFunction.of(candidate.build).sha256 if candidate.build else ""
