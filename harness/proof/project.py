"""A folder of case files with a whole model, the graphs that are tried in its place, and photos."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cases.candidate import Candidate
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import to_bytes
from harness.inputs.image_names import slug
from harness.proof.faults.kinds import KINDS
from harness.proof.variants import Variant
from harness.run.plan import case_name

SIZE = 299
"""Height and width that photos are resized to where a model takes any."""
WHOLE = "whole"
"""Name of the whole model's file and candidate."""
TOP = "scopes = ['graph']\nrepeats = 1"


@dataclass(frozen=True)
class ProofProject:
    """The case files of one model on one route."""

    folder: Path
    """Where pytest is called."""
    file: ModelFile
    """The whole model."""
    route: Candidate
    """How every graph is compiled."""
    photos: tuple[Path, ...]
    """Photos that whole models and rewrites are tried on; the faults' are the first of them."""
    fault_photos: int
    """How many of them faults are tried on."""

    @property
    def cases(self) -> Path:
        """The folder of the case files."""
        return self.folder / "cases"

    def write_whole(self) -> Path:
        """Write pytest's files, the photos, the whole model and its case file, whose path it is."""
        self.cases.mkdir(parents=True)
        (self.folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        plugin = "pytest_plugins = ['harness.plugin']\n"
        (self.folder / "conftest.py").write_text(plugin, encoding="utf-8")
        shutil.copyfile(self.file.path, self.cases / f"{WHOLE}.pb")
        for number, photo in enumerate(self.photos):
            shutil.copyfile(photo, self.cases / _copy(number, photo))
        return self._write_case("clean", WHOLE, self._images(), [self._table(WHOLE, WHOLE)])

    def write_variants(self, variants: Sequence[Variant]) -> Mapping[tuple[str, str], Variant]:
        """Write the graphs and their case files: variants by the case and candidate of a row.

        Faults are a case on their photos, the others one on all photos, and each fault that the
        route's importer drops a case of its own, in which the faulty graph is the reference's.
        """
        found: dict[tuple[str, str], Variant] = {}
        clean: list[str] = []
        faulty: list[str] = []
        for number, variant in enumerate(variants):
            name = f"{variant.what}-{number}" if variant.make else WHOLE
            if variant.make:
                (self.cases / f"{name}.pb").write_bytes(to_bytes(variant.make()))
            if is_planted_in_reference(variant, self.route.stack):
                images = self._images(self.fault_photos)
                path = self._write_case(name, name, images, [self._table(name, WHOLE)])
                found[case_name(path, self.folder), name] = variant
                continue
            case = "faults" if variant.what == "fault" else "clean"
            (faulty if variant.what == "fault" else clean).append(self._table(name, name))
            found[case_name(self.cases / f"{case}.toml", self.folder), name] = variant
        if faulty:
            self._write_case("faults", WHOLE, self._images(self.fault_photos), faulty)
        self._write_case("clean", WHOLE, self._images(), clean)
        return found

    def _images(self, count: int | None = None) -> list[str]:
        """The first photos, all by default; two files of one name are told apart by a number."""
        names = [slug(photo.name) for photo in self.photos]
        shown = [
            f"{number}-{name}" if name in names[:number] else name
            for number, name in enumerate(names)
        ]
        return [
            _toml("[[images]]", path=_copy(number, photo), name=shown[number])
            for number, photo in enumerate(self.photos[:count])
        ]

    def _table(self, name: str, model: str) -> str:
        keys = self.route.model_dump(exclude_none=True, exclude_defaults=True, exclude={"model"})
        return _toml("[[candidates]]", **keys, name=name, model={"path": f"{model}.pb"})

    def _write_case(
        self, name: str, model: str, images: Sequence[str], candidates: Sequence[str]
    ) -> Path:
        size = self.file.entry.size
        head = [] if size else [_toml("[preprocess]", size=[SIZE, SIZE])]
        tables = (TOP, _toml("[model]", path=f"{model}.pb"), *head, *images, *candidates)
        path = self.cases / f"{name}.toml"
        path.write_text("\n".join(tables) + "\n", encoding="utf-8")
        return path


def is_planted_in_reference(variant: Variant, stack: str) -> bool:
    """Whether the stack's importer drops the fault: then the faulty graph is the reference's.

    TVM 0.19 ignores half_pixel_centers, so a candidate in which it is flipped is the whole one.
    """
    return variant.what == "fault" and stack in KINDS[variant.kind].ignored_by


def _copy(number: int, photo: Path) -> str:
    return f"photo-{number}-{slug(photo.name)}"


def _toml(head: str, **keys: Any) -> str:
    """A TOML table; JSON's strings, numbers, booleans and lists are TOML's too."""
    return "\n".join((head, *(f"{key} = {_value(value)}" for key, value in keys.items())))


def _value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value, ensure_ascii=False)
