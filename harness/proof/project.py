"""A folder of case files with the whole models, the faulty ones and the photos."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cases.candidate import Candidate
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import to_bytes
from harness.inputs.image_names import slug
from harness.proof.faults.kinds import KINDS
from harness.proof.faults.planting import Fault, Suite
from harness.run.plan import case_name

SIZE = 299
"""Height and width that photos are resized to where a model takes any."""


@dataclass(frozen=True)
class PlantedModel:
    """A model and the faults to plant in it."""

    name: str
    """As the tables call it."""
    file: ModelFile
    """The whole model."""
    suite: Suite
    """Its faults."""


@dataclass(frozen=True)
class FaultCase:
    """A case file whose candidates have faults."""

    path: Path
    """The file."""
    model: str
    """Name of the model."""
    faults: Mapping[str, Fault]
    """By the candidate's id."""


@dataclass(frozen=True)
class ProofProject:
    """The case files."""

    folder: Path
    """Where pytest is called."""
    planted: tuple[FaultCase, ...]
    """Those with faults."""
    clean: Mapping[str, str]
    """Name of the model by the case of a row, of those without."""


def write_project(
    folder: Path,
    models: Sequence[PlantedModel],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
    candidates: Sequence[Candidate],
) -> ProofProject:
    """Write the models, the faulty ones, the photos and their case files into `folder`.

    Faults are compiled as the first candidate. Files are numbered: names of the user's own can be
    the same, or begin with one another.
    """
    cases = folder / "cases"
    cases.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n", encoding="utf-8")
    tables, clean_tables = _copied(photos, cases, "fault"), _copied(clean_photos, cases, "clean")
    planted: list[FaultCase] = []
    clean: dict[str, str] = {}
    for number, model in enumerate(models):
        whole = f"model-{number}"
        shutil.copyfile(model.file.path, cases / f"{whole}.pb")
        size = model.file.entry.size
        planted += _write_faults(cases, model, whole, _head(size) + tables, candidates[0])
        plain = [_candidate(candidate) for candidate in candidates]
        path = _write_case(cases, f"clean-{number}", whole, [*_head(size), *clean_tables, *plain])
        clean[case_name(path, folder)] = model.name
    return ProofProject(folder, tuple(planted), clean)


def is_planted_in_reference(fault: Fault, stack: str) -> bool:
    """Whether the stack's importer drops the fault: then the faulty graph is the reference's.

    TVM 0.19 ignores half_pixel_centers, so a candidate in which it is flipped is the whole one.
    """
    return stack in KINDS[fault.kind].ignored_by


def _write_faults(
    cases: Path, model: PlantedModel, whole: str, head: list[str], candidate: Candidate
) -> Iterator[FaultCase]:
    """One case of all faults of a model, and one for each that is planted in the reference."""
    straight: dict[str, Fault] = {}
    for number, fault in enumerate(model.suite.faults):
        name = f"{whole}-{number}"
        (cases / f"{name}.pb").write_bytes(to_bytes(fault.graph))
        if not is_planted_in_reference(fault, candidate.stack):
            straight[name] = fault
            continue
        table = _candidate(candidate, name=name, model=whole)
        path = _write_case(cases, f"faults-{name}", name, [*head, table])
        yield FaultCase(path, model.name, {name: fault})
    if straight:
        tables = [_candidate(candidate, name=name, model=name) for name in straight]
        path = _write_case(cases, f"faults-{whole}", whole, [*head, *tables])
        yield FaultCase(path, model.name, straight)


def _write_case(cases: Path, name: str, model: str, tables: Sequence[str]) -> Path:
    text = "\n".join(("scopes = ['graph']", _table("[model]", path=f"{model}.pb"), *tables))
    path = cases / f"{name}.toml"
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _head(size: tuple[int, int] | None) -> list[str]:
    return [] if size else [_table("[preprocess]", size=[SIZE, SIZE])]


def _copied(photos: Sequence[Path], cases: Path, prefix: str) -> list[str]:
    """Copy the photos; the tables that name them."""
    tables = []
    names = [slug(photo.name) for photo in photos]
    for number, (photo, name) in enumerate(zip(photos, names, strict=True)):
        copy = f"{prefix}-{number}-{name}"
        shutil.copyfile(photo, cases / copy)
        shown = f"{number}-{name}" if name in names[:number] else name
        tables.append(_table("[[images]]", path=copy, name=shown))
    return tables


def _candidate(candidate: Candidate, *, name: str = "", model: str = "") -> str:
    keys = candidate.model_dump(exclude_none=True, exclude_defaults=True, exclude={"model"})
    if name:
        keys |= {"name": name, "model": {"path": f"{model}.pb"}}
    return _table("[[candidates]]", **keys)


def _table(head: str, **keys: Any) -> str:
    """A TOML table; JSON's strings, numbers, booleans and lists are TOML's too."""
    return "\n".join((head, *(f"{key} = {_value(value)}" for key, value in keys.items())))


def _value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value, ensure_ascii=False)
