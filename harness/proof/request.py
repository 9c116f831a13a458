"""What `parity prove` was asked for, checked whole before any work begins."""

import math
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
from harness.locate.located_task import require_observable
from harness.proof.faults.planting import KINDS
from harness.proof.rewrites.catalogue import REWRITES, require_rewrite
from harness.proof.variants import Wanted
from harness.run.settings import settings_from
from harness.stacks.registry import stack_named

DEFAULT_CANDIDATES = ("relay-host-nchw", "relax-host-packed")
"""Those whose stacks are installed are proved where no candidate is named."""
NONE = "none"
"""The word for no kind, or for no rewrite."""
SMALL_NET = "small-net"
"""Name of the network that is always among those that faults are planted in."""


@dataclass(frozen=True)
class ProofWords:
    """What the command line says, unchecked."""

    models: Sequence[Path]
    """Model files."""
    photos: Sequence[Path]
    """Photos for faults, or folders of them."""
    clean_photos: Sequence[Path]
    """Further photos for whole models and rewrites, or folders of them."""
    candidates: Sequence[str]
    """Routes."""
    kinds: Sequence[str]
    """Kinds of faults; empty: every one; NONE: none."""
    rewrites: Sequence[str]
    """Equal rewrites, likewise."""
    per_kind: int
    """Places a kind and model."""
    times: Sequence[float]
    """How many times the noise faults shall move truth."""
    locate: bool
    """Whether the node behind each fault is looked for."""
    keep: Path | None
    """Folder for results."""
    into: Path
    """File for the tables."""


@dataclass(frozen=True)
class ProofRequest:
    """Models, photos and candidates that can be used."""

    models: dict[str, ModelFile]
    """The user's models by the name that the tables give them."""
    photos: tuple[Path, ...]
    """Photos that faults are tried on; none: nothing is run, the tables are of what is kept."""
    clean_photos: tuple[Path, ...]
    """Photos that whole models and rewrites are tried on: those of the faults, then more."""
    candidates: tuple[Candidate, ...]
    """The routes: how every graph is compiled."""
    wanted: Wanted
    """What is tried in each model's place."""
    keep: Path | None
    """Folder that results are kept in; None: nothing is kept."""
    into: Path
    """File that the tables are written to."""


def checked(words: ProofWords) -> ProofRequest:
    """The request; raises UsageError, GraphError, ImageError, StackError for what can't be used."""
    wanted = _wanted(words)
    _check_place(words.into)
    _check_keep(words)
    photos, clean_photos = (_files(paths) for paths in (words.photos, words.clean_photos))
    for photo in (*photos, *clean_photos):
        _check_photo(photo)
    candidates = _candidates(words.candidates, locate=words.locate) if words.photos else ()
    if words.photos:
        _check_environment()
    return ProofRequest(
        models={name: _model(path) for name, path in _named(words.models).items()},
        photos=_distinct(photos),
        clean_photos=_distinct((*photos, *clean_photos)),
        candidates=candidates,
        wanted=wanted,
        keep=words.keep,
        into=words.into,
    )


def _wanted(words: ProofWords) -> Wanted:
    kinds = None if list(words.kinds) == [NONE] else tuple(words.kinds)
    rewrites = tuple(words.rewrites) or tuple(REWRITES)
    rewrites = () if list(words.rewrites) == [NONE] else rewrites
    for kind in kinds or ():
        if kind not in KINDS:
            raise UsageError(f"no fault kind '{kind}'; {nearest(kind, KINDS)}")
    for name in rewrites:
        require_rewrite(name)
    for times in words.times:
        if not 0 < times < math.inf:
            raise UsageError(f"--times {times:g}: expected how many times the noise, above 0")
    return Wanted(kinds, words.per_kind, tuple(words.times), rewrites, words.locate)


def _check_keep(words: ProofWords) -> None:
    keep = words.keep
    if not words.photos and (keep is None or words.models or not keep.is_dir()):
        raise UsageError(
            "no photo to try on: name one with --photo; without one, --keep names a folder of kept "
            "results, of which the tables are written, and no model is named"
        )
    if keep is not None and not keep.is_dir() and (keep.exists() or not keep.parent.is_dir()):
        raise UsageError(f"--keep {keep}: no folder can be made there; name another")


def _check_place(into: Path) -> None:
    if into.is_dir():
        raise UsageError(f"--into {into} is a folder; name a file for the tables")
    if not into.parent.is_dir() or not os.access(into.parent, os.W_OK):
        raise UsageError(f"--into {into}: no file can be written in {into.parent}; name another")


def _files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The photos; a folder stands for the files in it, by name."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"folder {path} holds no photo; name another, or a file")
        found += inside
    return tuple(found)


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


def _candidates(words: Sequence[str], *, locate: bool) -> tuple[Candidate, ...]:
    found = [parse(word) for word in words or installed(DEFAULT_CANDIDATES)]
    if not found:
        raise UsageError("no candidate stack is installed; `parity doctor` says what to install")
    for candidate in found:
        stack_named(candidate.stack).versions()
        if locate:
            require_observable(candidate.stack)
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
