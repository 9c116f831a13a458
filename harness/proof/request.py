"""What `parity prove` was asked for, checked whole before any work begins."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from harness.cases.candidate import Candidate
from harness.cases.candidate_words import installed, parse
from harness.cases.case import ResourceLimits
from harness.errors import ImageError, UsageError, nearest
from harness.execution.reference import RoundingReference
from harness.graphdef.model_file import ModelFile, read_model
from harness.inputs.pixels import header
from harness.proof.faults.planting import KINDS
from harness.run.settings import settings_from
from harness.stacks.registry import stack_named

DEFAULT_CANDIDATES = ("relay-host-nchw", "relay-llvm-nchw", "relax-host", "relax-llvm")
"""Those whose stacks are installed are proved where no candidate is named."""
SMALL_NET = "small-net"
"""Name of the network that is always among those that faults are planted in."""


@dataclass(frozen=True)
class ProofRequest:
    """Models, photos and candidates that can be used."""

    models: dict[str, ModelFile]
    """The user's models by the name that the tables give them."""
    photos: tuple[Path, ...]
    """Photos that faults are tried on."""
    clean_photos: tuple[Path, ...]
    """Photos that whole models are tried on: those of the faults and more."""
    candidates: tuple[Candidate, ...]
    """Faults are compiled as the first one; whole models as each."""
    kinds: tuple[str, ...]
    """Kinds of faults; empty: every one."""
    per_kind: int
    """Places a kind and model; twice as many in the small net, which builds quickly."""
    into: Path
    """File that the tables are written to."""


def checked(
    models: Sequence[Path],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
    words: Sequence[str],
    kinds: Sequence[str],
    per_kind: int,
    into: Path,
) -> ProofRequest:
    """The request; raises UsageError, GraphError, ImageError, StackError for what can't be used."""
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"no fault kind '{kind}'; {nearest(kind, KINDS)}")
    _check_place(into)
    for photo in (*photos, *clean_photos):
        _check_photo(photo)
    candidates = _candidates(words)
    _check_environment()
    return ProofRequest(
        models={name: _model(path) for name, path in _named(models).items()},
        photos=_distinct(photos),
        clean_photos=_distinct((*photos, *clean_photos)),
        candidates=candidates,
        kinds=tuple(kinds),
        per_kind=per_kind,
        into=into,
    )


def _check_place(into: Path) -> None:
    if into.is_dir():
        raise UsageError(f"--into {into} is a folder; name a file for the tables")
    if not into.parent.is_dir() or not os.access(into.parent, os.W_OK):
        raise UsageError(f"--into {into}: no file can be written in {into.parent}; name another")


def _check_photo(path: Path) -> None:
    try:
        header(path.read_bytes(), ResourceLimits().max_pixels)
    except OSError as error:
        raise UsageError(f"photo {path} can't be read: {error.strerror}; name a file") from error
    except ImageError as error:
        raise UsageError(f"photo {path} is no image: {error}") from error


def _model(path: Path) -> ModelFile:
    try:
        return read_model(path)
    except OSError as error:
        raise UsageError(f"model {path} can't be read: {error.strerror}; name a file") from error


def _candidates(words: Sequence[str]) -> tuple[Candidate, ...]:
    found = [parse(word) for word in words or installed(DEFAULT_CANDIDATES)]
    if not found:
        raise UsageError("no candidate stack is installed; `parity doctor` says what to install")
    for candidate in found:
        stack_named(candidate.stack).versions()
    return tuple(found)


def _check_environment() -> None:
    for module in ("pytest", "xdist"):
        if find_spec(module) is None:
            raise UsageError(
                f"the comparisons run under pytest with xdist, and {module} is not installed; run: "
                "pip install 'parity-harness[pytest]'"
            )
    with settings_from().session() as session:
        stack = session.reference.stack
        if not isinstance(session.reference, RoundingReference):
            raise UsageError(
                f"{stack.name} as a reference gives no float64 truth; leave PARITY_REFERENCE out"
            )
        stack.versions()


def _named(models: Sequence[Path]) -> dict[str, Path]:
    """The files by their names without suffix, by their paths where that is not enough."""
    paths = _distinct(models)
    uses = Counter([SMALL_NET, *(path.stem for path in paths)])
    return {path.stem if uses[path.stem] == 1 else str(path): path for path in paths}


def _distinct(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple({path.resolve(): path for path in reversed(paths)}.values())[::-1]
