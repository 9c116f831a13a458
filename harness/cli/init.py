"""`parity init`: a first case file with comments, ready for pytest, from a model and images.

tomlkit writes it: it quotes what the paths and names hold, and keeps the comments.
"""

import glob
import os
import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from harness.cases.asset_sections import Asset
from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cli.check import check_files
from harness.cli.terminal import say
from harness.errors import CaseError, UsageError
from harness.graphdef.classes import classes_of
from harness.graphdef.model_file import ModelFile
from harness.inputs.own_code_files import own_file
from harness.results import files as disk
from harness.run.models import load_models
from harness.run.plan import plan_command
from harness.run.settings import Settings, option_of
from harness.stacks.own_build import PYTHON

WHAT_IT_TAKES = {
    "encoded": "the bytes of an image file",
    "pixels": "a tensor of pixels, made as [preprocess] says",
}
"""By kind of input, what a graph is fed."""


def run(case: Case, into: Path | None, settings: Settings) -> int:
    """Write the case file and say what to do next; 0.

    Raises UsageError where the file is there already, and whatever makes model, tensor names,
    images or labels unusable: a case file that could not run is not written.
    """
    tasks = plan_command("init", case, settings)
    with settings.session(explains=False) as session:
        check_files(tasks, session)
        reference, _ = load_models(tasks[0], session)
    path = (into or Path(f"{_stem(case)}.toml")).absolute()
    if path.exists():
        raise UsageError(f"{path} exists; name another file by --into, or remove it first")
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no folder; make it first, or name another by --into")
    disk.write(path, case_text(case, reference, path.parent).encode())
    try:
        load(path)
    except CaseError:
        path.unlink()
        raise
    say(f"{path} written. Run it:")
    say(f"  {shlex.join(['pytest', _from(path, Path.cwd()), *_permissions(case, path.parent)])}")
    return 0


def case_text(case: Case, model: ModelFile, folder: Path) -> str:
    """The TOML of a case; its absolute paths become relative to `folder`.

    `model` is the reference's, from which the comments and the tensor names are.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment("parity schema prints all keys; the README explains them."))
    document["model"] = _model(case, model, folder)
    document["images"] = _tables({"path": path} for path in _image_paths(case, folder))
    if case.labels:
        document["labels"] = {
            name: _paths(asset, folder)
            for name in ("names", "label_map", "synsets")
            if (asset := getattr(case.labels, name))
        }
    document["preprocess"] = _preprocess(case, model)
    document["candidates"] = _tables(_candidate(one, folder) for one in case.candidates)
    return tomlkit.dumps(document)


def _model(case: Case, model: ModelFile, folder: Path) -> Table:
    table = tomlkit.table()
    table.update(_paths(case.model, folder))
    table["input"] = model.entry.feed
    table["input"].comment(WHAT_IT_TAKES[model.entry.kind])
    table["output"] = model.output
    if classes := classes_of(model):
        table["output"].comment(f"{classes} scores")
    return table


def _preprocess(case: Case, model: ModelFile) -> Table:
    table = tomlkit.table()
    table.comment("what the deployed program does to a file")
    how = case.preprocess
    named = {"decoder", "exif", "preset", "resizer", "resample"}
    table.update(how.model_dump(mode="json", include=named, exclude_none=True))
    size = how.size or model.entry.size
    if size:
        table["size"] = list(size)
        table["size"].comment("height, width")
    if model.entry.dtype != "uint8" and how.preset is None:
        table["mean"] = list(how.mean)
        table["mean"].comment("subtracted from pixels of 0 to 255; one number, or one a channel")
        table["scale"] = list(how.scale)
        table["scale"].comment("multiplied afterwards")
    return table


def _candidate(candidate: Candidate, folder: Path) -> dict[str, Any]:
    keys = candidate.model_dump(mode="json", exclude_none=True, exclude={"pass_config", "model"})
    if candidate.model:
        keys["model"] = _paths(candidate.model, folder)
    if candidate.module:
        keys["module"] = _from(Path(candidate.module).resolve(), folder)
    where, _, name = (candidate.build or "").rpartition(":")
    if where.endswith(PYTHON):
        keys["build"] = f"{_from(Path(where).resolve(), folder)}:{name}"
    return keys


def _tables(entries: Iterable[Mapping[str, Any]]) -> AoT:
    tables = tomlkit.aot()
    for keys in entries:
        table = tomlkit.table()
        table.update(keys)
        tables.append(table)
    return tables


def _paths(asset: Asset, folder: Path) -> dict[str, str]:
    """The keys that say where a file is."""
    if asset.path is None:
        return {"zoo": asset.zoo or ""}
    return {"path": _from(Path(asset.path), folder)}


def _image_paths(case: Case, folder: Path) -> list[str]:
    """The images' paths; one pattern in place of all files of one kind in a folder."""
    together = defaultdict[Path, list[str]](list)
    for image in case.images:
        path = Path(image.path or "")
        together[path.parent / f"*{path.suffix}"].append(str(path))
    return [
        _from(Path(path), folder)
        for pattern, paths in together.items()
        for path in ([str(pattern)] if _matches(pattern, paths) else paths)
    ]


def _matches(pattern: Path, escaped: Sequence[str]) -> bool:
    """Whether a pattern matches these files and no others, and more than one."""
    found = sorted(glob.glob(str(pattern)))  # noqa: PTH207  as `Assets` matches a pattern
    named = sorted(path for one in escaped for path in glob.glob(one))  # noqa: PTH207
    return len(found) > 1 and found == named


def _from(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder)


def _stem(case: Case) -> str:
    return Path(case.model.path).stem if case.model.path else str(case.model.zoo)


def _permissions(case: Case, folder: Path) -> Sequence[str]:
    """The options without which pytest may not read what lies elsewhere, or run own code."""
    labels = case.labels
    asked = [case.model, *case.images, *(one.model for one in case.candidates)]
    asked += [labels.names, labels.label_map, labels.synsets] if labels else []
    paths = [Path(asset.path) for asset in asked if asset and asset.path]
    own = [own_file(one) for one in case.candidates]
    paths += [Path(path).resolve() for path in own if path]
    outside = [str(path.parent) for path in paths if not path.is_relative_to(folder.resolve())]
    flag = option_of("asset_root").pytest_flag
    roots = [word for parent in dict.fromkeys(outside) for word in (flag, parent)]
    brings_code = any(one.build or one.module for one in case.candidates)
    return [*roots, option_of("own_code").pytest_flag] if brings_code else roots
