"""`parity bench`: what each candidate costs and how fast it is beside TensorFlow, in one table.

TensorFlow and the candidates take turns, round after round, so that a machine that slows down
slows all of them; a ratio is the median over the rounds of the two times of one round.
"""

import contextlib
import json
import math
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from harness.cases.candidate_words import installed
from harness.cli import check
from harness.cli.progress import Stages
from harness.errors import StackError, UsageError
from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.results.row import Row
from harness.results.stages import STAGES
from harness.run import prepared_image as picture
from harness.run.pipeline import run as run_task
from harness.run.plan import Task, plan
from harness.run.settings import Settings

CANDIDATES = (
    "relay-llvm-nchw",
    "relay-host-nchw",
    "relax-host-packed",
    "relax-onnx-host-packed",
    "relax-tflite-host-packed",
    "relax-host",
)
"""What is measured unless it is said; of these the ones whose stacks are installed."""
WIDE = 112
"""Columns of a terminal in which every stage has one of its own."""
ROUND_MS, MAX_REPEATS = 400.0, 20
"""How long a program is timed in one round, at most so many runs."""
PICTURE = (400, 500)
"""Height and width of the picture that is made where none is given."""


@dataclass(frozen=True)
class BenchInput:
    """What every program is given."""

    model: ModelFile
    tensor: NDArray[Any]


@dataclass
class Timed:
    """One candidate's row and its times, a pair a round, in milliseconds."""

    row: Row
    reference: list[float] = field(default_factory=list)
    candidate: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Candidate over TensorFlow; NaN where it never ran."""
        pairs = zip(self.candidate, self.reference, strict=True)
        return statistics.median([c / r for c, r in pairs]) if self.candidate else math.nan

    def payload(self) -> dict[str, Any]:
        """Plain JSON with the row's names."""
        row = self.row.payload()
        names = ("candidate", "status", "reason", *(f"{s}_s" for s in STAGES), "max_abs")
        errors = ("reference_error_max", "candidate_error_max")
        times = {
            "reference_ms": _median(self.reference),
            "candidate_ms": _median(self.candidate),
            "ratio": self.ratio,
        }
        known = {name: None if math.isnan(value) else value for name, value in times.items()}
        return {name: row[name] for name in (*names, *errors)} | known


def _median(times: Sequence[float]) -> float:
    return statistics.median(times) if times else math.nan


def run(request: check.Request, rounds: int) -> int:
    """Build, judge and time every candidate; 0 where each of them passes. Raises UsageError."""
    settings = Settings()
    with tempfile.TemporaryDirectory(prefix="parity-bench-") as folder:
        asked = replace(
            request,
            images=request.images or [_picture(Path(folder))],
            candidate=request.candidate or _usual(),
            scope=["graph"],
        )
        case = settings.bounded(check.case_of(asked))
        tasks = plan("bench", case, settings.assets(Path.cwd(), unrestricted=True))
        with Stages() as stages, RunSession(settings.cache / "builds", stages, explains=False) as s:
            check.check_files(tasks[0], s)
            scene = _scene(tasks[0], s)
            if scene:  # before TensorFlow starts: what is timed has the machine alone
                _build(tasks, s, scene)
            found = [Timed(run_task(task, s)[0].row) for task in tasks]
            for number in range(rounds):
                with stages(f"round {number + 1} of {rounds}"):
                    if scene:
                        _round(tasks, found, s, scene)
    if request.as_json:
        print(json.dumps([one.payload() for one in found], indent=2))  # noqa: T201
    else:
        console = Console(width=shutil.get_terminal_size((100, 24)).columns, highlight=False)
        show(found, console)
    return 0 if all(one.row.status.passing for one in found) else 1


def _usual() -> list[str]:
    """The usual candidates whose stacks are here; UsageError where none is."""
    found = installed(CANDIDATES)
    if not found:
        raise UsageError("no candidate stack is installed; `parity doctor` says what to install")
    return found


def _picture(folder: Path) -> Path:
    """A picture with something in it at every scale; always the same."""
    rng, path = np.random.default_rng(0), folder / "made.png"
    total = np.zeros((*PICTURE, 3))
    for cells in (4, 16, 64):
        coarse = rng.integers(0, 256, (cells, cells, 3), np.uint8)
        size = (PICTURE[1], PICTURE[0])
        total += np.asarray(PIL.Image.fromarray(coarse).resize(size, PIL.Image.Resampling.BICUBIC))
    PIL.Image.fromarray((total / 3).astype(np.uint8)).save(path)
    return path


def _scene(task: Task, session: RunSession) -> BenchInput | None:
    """What all programs are given; None where the picture is refused."""
    asked = task.case.model
    model = session.model(task.assets.fetch(asked), asked.input, asked.output)
    try:
        tensor = picture.read(task, session, model).tensor
    except NoAnswer:
        return None
    return None if tensor is None else BenchInput(model, tensor)


def _build(tasks: Sequence[Task], session: RunSession, scene: BenchInput) -> None:
    """Build every candidate; what fails will fail again, in its row."""
    for task in tasks:
        with contextlib.suppress(NoAnswer, StackError):
            _time_candidate(task, session, scene, repeats=0)


def _round(
    tasks: Sequence[Task], found: Sequence[Timed], session: RunSession, scene: BenchInput
) -> None:
    """One time of TensorFlow, then one of each candidate that runs."""
    try:
        reference = _time_reference(tasks[0], session, scene)
    except NoAnswer:
        return
    for task, timed in zip(tasks, found, strict=True):
        if math.isnan(timed.row.candidate_ms):
            continue
        repeats = _repeats(timed.row.candidate_ms)
        with contextlib.suppress(NoAnswer):
            timed.candidate.append(_time_candidate(task, session, scene, repeats))
            timed.reference.append(reference)


def _repeats(ms: float) -> int:
    """How many runs fill a round.

    >>> _repeats(4600.0), _repeats(60.0), _repeats(1.0)
    (1, 6, 20)
    """
    return max(1, min(MAX_REPEATS, int(ROUND_MS / max(ms, 1e-3))))


def _time_reference(task: Task, session: RunSession, scene: BenchInput) -> float:
    how, mode = task.case.preprocess, task.case.reference
    question = session.reference.on_tensor(scene.model, how, scene.tensor, mode)
    return session.reference.time(replace(question, repeats=MAX_REPEATS), picture.bounds(task))


def _time_candidate(task: Task, session: RunSession, scene: BenchInput, repeats: int) -> float:
    limits, run_it = task.case.limits, session.candidates.run
    return run_it(task.candidate, scene.model, scene.tensor, limits, repeats).ms


def show(found: Sequence[Timed], console: Console) -> None:
    """The table; times of making are those of when it was made, one sum where it is narrow."""
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("candidate", overflow="fold", no_wrap=wide)
    table.add_column("status", overflow="fold", no_wrap=wide)
    making = [f"{stage} s" for stage in STAGES] if wide else ["made s"]
    for name in (*making, "run ms", "× TF", "max |Δ|", "max error"):
        table.add_column(name, justify="right")
    for one in found:
        row = one.row
        seconds = [getattr(row, f"{stage}_s") for stage in STAGES]
        if not wide:
            seconds = [float(np.nansum(seconds))] if np.isfinite(seconds).any() else [math.nan]
        table.add_row(
            row.candidate,
            row.status,
            *(_number(value, "{:.1f}") for value in seconds),
            _number(_median(one.candidate), "{:.1f}"),
            _number(one.ratio, "{:.2f}"),
            _number(row.max_abs, "{:.1e}"),
            _number(row.candidate_error_max, "{:.1e}"),
        )
    ms = _number(_median([value for one in found for value in one.reference]), "{:.1f}")
    errors = [one.row.reference_error_max for one in found]
    own = _number(next((e for e in errors if not math.isnan(e)), math.nan), "{:.1e}")
    table.add_row("TensorFlow", "", *["–"] * len(making), ms, "1", "–", own)
    console.print(table)
    for one in found:
        if not one.row.status.passing:
            console.print(f"{one.row.candidate}: {one.row.status}: {one.row.reason}")
    console.print(
        "max |Δ|: against TensorFlow; max error: against the same graph in float64", style="dim"
    )


def _number(value: float, form: str) -> str:
    return "–" if math.isnan(value) else form.format(value)
