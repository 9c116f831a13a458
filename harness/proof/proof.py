"""Proof that the harness tells right from wrong: planted faults and clean candidates, judged.

A fault is material on a photo where float64 truth itself moves, from the whole graph to the faulty
one, by more than ten times what rounding does to TensorFlow there. That is decided by TensorFlow in
float64 alone, never by the harness's verdict. Every material row must end as `mismatch`, and no
clean row may fail.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError, UsageError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question, RoundingReference
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile, read_model
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.kinds import KINDS
from harness.proof.faults.planting import Fault, Suite, faults
from harness.proof.small_net import small_net
from harness.reports.stored_run import read
from harness.results.row import Row
from harness.run.models import load_models
from harness.run.plan import Task, plan_file
from harness.run.prepared_image import bounds, prepare_image
from harness.run.settings import settings_from

SMALL = "small-net"
MATERIAL = 10.0
"""How many times rounding's own size truth must move by."""


@dataclass(frozen=True)
class Planted:
    """One fault on one photo: what truth says, and what the harness said."""

    model: str
    fault: Fault
    row: Row
    truth_moved: float
    """Largest movement of any class's float64 score; NaN where it has none."""

    @property
    def rounding(self) -> float:
        """What rounding does to the reference on this photo, at most."""
        return float(np.nanmax([self.row.noise, self.row.reference_error_max, 0.0]))

    @property
    def material(self) -> bool:
        """Whether the fault changes a score beyond noise."""
        return self.truth_moved > MATERIAL * self.rounding

    @property
    def detected(self) -> bool:
        """Whether the row fails as it should."""
        return self.row.status == "mismatch"


@dataclass(frozen=True)
class Proof:
    """Everything that was tried."""

    planted: tuple[Planted, ...]
    clean: tuple[Row, ...]
    inapplicable: dict[str, tuple[str, ...]]
    """By model: kinds for which it has no place."""


def prove(
    models: Sequence[Path],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
    per_kind: int = 1,
    kinds: tuple[str, ...] = (),
) -> Proof:
    """Plant faults in every model, run them and the clean ones under pytest, ask truth.

    `per_kind` places a kind (of `kinds`, or of all) and model; twice as many in the small net,
    which builds quickly.
    """
    with tempfile.TemporaryDirectory(prefix="parity-proof-") as name:
        project = Path(name)
        counts = {path: per_kind * (2 if path.stem == SMALL else 1) for path in models}
        suites = {
            path: faults(model.graph, model.output, per_kind=count, kinds=kinds)
            for path, count in counts.items()
            if (model := read_model(path))
        }
        _write_project(project, suites, photos, clean_photos)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--parity-no-explain", "cases"]
        subprocess.run(command, cwd=project, check=False)  # noqa: S603  our own interpreter
        _, results = read(project / "reports" / "latest")
        rows = [result.row for result in results]
        clean = tuple(row for row in rows if row.case.startswith("clean-"))
        planted = {path.stem: suite.faults for path, suite in suites.items()}
        missing = {path.stem: suite.inapplicable for path, suite in suites.items()}
        return Proof(tuple(_judged(project, planted, rows)), clean, missing)


def _write_project(
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
        straight = [n for n, f in zip(names, suite.faults, strict=True) if not _swapped(f)]
        if straight:
            _write_case(cases, f"faults-{path.stem}", path.stem, photos, straight)
        for name in (n for n in names if n not in straight):
            _write_case(cases, f"faults-{name}", name, photos, [path.stem])
        _write_case(cases, f"clean-{path.stem}", path.stem, clean_photos, [])


def _swapped(fault: Fault) -> bool:
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


def _judged(
    project: Path, planted: Mapping[str, Sequence[Fault]], rows: Sequence[Row]
) -> Iterator[Planted]:
    by_name = {(row.case, row.image, row.candidate): row for row in rows}
    settings = settings_from()
    with settings.session(explains=False) as session:
        for model, found in planted.items():
            by_file = {f"{model}-{number}": fault for number, fault in enumerate(found)}
            for path in sorted((project / "cases").glob(f"faults-{model}*.toml")):
                for task in plan_file(path, settings):
                    row = by_name[task.name, task.image.name or "", task.candidate.id]
                    name = path.stem.removeprefix("faults-")
                    fault = by_file[task.candidate.id if name == model else name]
                    yield Planted(model, fault, row, _truth_moved(task, session))


def _truth_moved(task: Task, session: RunSession) -> float:
    """Largest |t(faulty) − t(whole)| over the classes, on the candidate's tensor."""
    if task.candidate.model is None:
        raise UsageError(f"{task.id} compiles the reference's own model; nothing is planted in it")
    models = load_models(task, session)
    tensor = prepare_image(task, session, models[0]).tensor
    if tensor is None:
        return float("nan")
    try:
        one, other = (_truth(task, session, model, tensor) for model in models)
    except (GraphError, NoAnswer):
        return float("nan")
    return float(np.abs(one - other).max())


def _truth(
    task: Task, session: RunSession, model: ModelFile, tensor: NDArray[np.generic]
) -> NDArray[np.float64]:
    if not isinstance(session.reference, RoundingReference):
        raise UsageError(f"{session.reference.stack.program} as a reference gives no float64 truth")
    question = Question.on_tensor(model, task.case.preprocess, task.case.reference, tensor)
    return session.reference.float64_scores(question, bounds(task)).scores


def markdown(proof: Proof) -> str:
    """The tables of docs/proof.md."""
    material = [one for one in proof.planted if one.material]
    found = [one for one in material if one.detected]
    alarms = [row for row in proof.clean if not row.status.passing]
    lines = [
        "# What the harness tells apart",
        "",
        "Made by `parity prove`. A fault is material on a photo where float64 truth itself moves",
        f"by more than {MATERIAL:g} times what rounding does to TensorFlow there.",
        "",
        "| | rows | |",
        "|---|---|---|",
        f"| material faults | {len(material)} | {len(found)} detected as `mismatch` |",
        f"| clean rows | {len(proof.clean)} | {len(alarms)} false alarms |",
        f"| faults that move nothing beyond rounding | {len(proof.planted) - len(material)} | |",
        "",
        "| model | kind | where | photo | truth moves | rounding | status |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(one) for one in sorted(proof.planted, key=lambda one: not one.material)]
    lines += ["", "| clean model | candidate | photo | max abs | error ratio | status |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [
        f"| {row.case.removeprefix('clean-')} | {row.candidate} | {row.image} "
        f"| {row.max_abs:.2g} | {row.error_ratio:.2g} | {row.status} |"
        for row in proof.clean
    ]
    dropped = sorted({one.fault.kind for one in proof.planted if _swapped(one.fault)})
    if dropped:
        which = ", ".join(dropped)
        lines += ["", f"TVM 0.19's importer drops {which} without a word, so there the faulty"]
        lines += ["graph is the reference's and the whole one is compiled."]
    for model, kinds in proof.inapplicable.items():
        if kinds:
            lines += ["", f"No place in {model} for: {', '.join(kinds)}."]
    return "\n".join(lines) + "\n"


def _line(one: Planted) -> str:
    moved = f"{one.truth_moved:.2g}" + ("" if one.material else " (not material)")
    return (
        f"| {one.model} | {one.fault.kind} | {one.fault.where} | {one.row.image} | {moved} | "
        f"{one.rounding:.2g} | {one.row.status} |"
    )


def write(
    models: Sequence[Path],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
    per_kind: int,
    kinds: tuple[str, ...],
    into: Path,
) -> int:
    """Prove, write the tables; 0 where every material fault is found and no clean row fails."""
    with tempfile.TemporaryDirectory(prefix="parity-models-") as name:
        small = Path(name) / f"{SMALL}.pb"
        small.write_bytes(to_bytes(small_net()))
        found = prove([small, *models], photos, clean_photos, per_kind, kinds)
    into.write_text(markdown(found), encoding="utf-8")
    whole = all(one.detected for one in found.planted if one.material)
    return 0 if whole and found.clean and all(row.status.passing for row in found.clean) else 1
