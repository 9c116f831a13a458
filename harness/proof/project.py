"""A folder of case files with the whole models, the faulty ones and the photos."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.graphdef.serialise import to_bytes
from harness.proof.faults.kinds import KINDS
from harness.proof.faults.planting import Fault, Suite


def write_project(
    project: Path,
    suites: Mapping[Path, Suite],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
) -> None:
    """A folder with the models, the faulty ones, the photos and their case files."""
    cases = project / "cases"
    cases.mkdir()
    (project / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n", encoding="utf-8")
    for photo in {*photos, *clean_photos}:
        (cases / photo.name).write_bytes(photo.read_bytes())
    for path, suite in suites.items():
        (cases / f"{path.stem}.pb").write_bytes(path.read_bytes())
        names = [f"{path.stem}-{number}" for number in range(len(suite.faults))]
        for name, fault in zip(names, suite.faults, strict=True):
            (cases / f"{name}.pb").write_bytes(to_bytes(fault.graph))
        straight = [
            n for n, f in zip(names, suite.faults, strict=True) if not is_planted_in_reference(f)
        ]
        if straight:
            _write_case(cases, f"faults-{path.stem}", path.stem, photos, straight)
        for name in (n for n in names if n not in straight):
            _write_case(cases, f"faults-{name}", name, photos, [path.stem])
        _write_case(cases, f"clean-{path.stem}", path.stem, clean_photos, [])


def is_planted_in_reference(fault: Fault) -> bool:
    """Whether the importer drops the fault: then the faulty graph is the reference's.

    TVM 0.19 ignores half_pixel_centers, so a candidate in which it is flipped is the whole one.
    """
    return "relay" in KINDS[fault.kind].ignored_by


def _write_case(
    cases: Path, name: str, model: str, photos: Sequence[Path], faulty: list[str]
) -> None:
    lines = [f"scopes = ['graph']\n[model]\npath = '{model}.pb'\n[preprocess]\nsize = [299, 299]"]
    lines += [f"[[images]]\npath = '{photo.name}'" for photo in photos]
    relay = "[[candidates]]\nstack = 'relay'\nlayout = 'NCHW'\ntarget = "
    lines += [f"{relay}'host'\nname = '{f}'\nmodel.path = '{f}.pb'" for f in faulty]
    if not faulty:
        lines += [f"{relay}'llvm'", f"{relay}'host'"]
    (cases / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
