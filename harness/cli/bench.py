"""`parity bench`: what each candidate costs and how fast it is beside the reference.

The reference and the candidates take turns, round after round, so that a machine that slows down
slows all of them; a ratio is the median over the rounds of the two times of one round. After that
each program runs once more in a process of its own, whose largest resident memory is the program's.
"""

import contextlib
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from harness.cases.candidate_words import installed
from harness.cases.case import Case
from harness.cli.bench_table import TimedCandidate, show
from harness.cli.case_options import JudgeOptions, ModelOptions, PreprocessOptions
from harness.cli.check import check_files
from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console
from harness.cli.typed_case import case_from
from harness.errors import StackError, UsageError
from harness.execution.outcome import NoAnswer, RunCosts
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.run.models import load_models
from harness.run.pipeline import run as run_task
from harness.run.plan import Task, plan_command
from harness.run.prepared_image import bounds, prepare_image
from harness.run.settings import Settings

CANDIDATES = (
    "relay-llvm-nchw",
    "relay-host-nchw",
    "relax-host-packed",
    "relax-onnx-host-packed",
    "relax-tflite-host-packed",
    "relax-host",
)
"""What is measured where no candidate is named; of these the ones whose stacks are installed."""
ROUND_MS, MAX_REPEATS = 400.0, 20
"""How long a program is timed in one round, at most so many runs."""
MEMORY_RUNS = 3
"""Timed runs before a program's memory is read."""
IMAGE_SIZE = (400, 500)
"""Height and width in pixels of the image that is made where none is named."""


@dataclass(frozen=True)
class BenchInput:
    """What every program is given."""

    models: tuple[ModelFile, ModelFile]
    """The reference's and the candidates'."""
    tensor: NDArray[Any]
    """The prepared image, in the shape and dtype that the graph takes."""


def run(
    model: ModelOptions,
    preprocess: PreprocessOptions,
    image: Path | None,
    rounds: int,
    settings: Settings,
    *,
    as_json: bool,
) -> int:
    """Build, judge and time every candidate; 0 where each of them passes.

    Raises UsageError, GraphError, AssetError.
    """
    with tempfile.TemporaryDirectory(prefix="parity-bench-") as folder:
        images = [image or _made_image(Path(folder))]
        named = replace(model, candidate=model.candidate or _installed_candidates())
        case = case_from(named, images, preprocess, judged=JudgeOptions(scope=["graph"]))
        found = _judge_and_time(case, rounds, settings)
    if as_json:
        print_json(one.payload() for one in found)
    else:
        show(found, console())
    return 0 if all(one.row.status.passing for one in found) else 1


def _judge_and_time(case: Case, rounds: int, settings: Settings) -> list[TimedCandidate]:
    settings = replace(settings, full_evidence=True)  # its table has the distance from the truth
    tasks = plan_command("bench", case, settings)
    with Stages() as stages, settings.session(stages, explains=False) as session:
        check_files(tasks, session)
        given = _input(tasks[0], session)
        if given:  # before the reference starts: what is timed has the machine alone
            _build(tasks, session, given)
        found = [TimedCandidate(run_task(task, session)[0].row) for task in tasks]
        for number in range(rounds):
            with stages(f"round {number + 1} of {rounds}"):
                if given:
                    _time_round(tasks, found, session, given)
    if given:
        with Stages() as stages, stages("memory of each program"):
            _measure_memory(tasks, found, settings, given)
    return found


def _measure_memory(
    tasks: Sequence[Task],
    found: Sequence[TimedCandidate],
    settings: Settings,
    given: BenchInput,
) -> None:
    """The peak of each program that ran, in a session and so in a process of its own."""
    reference = math.nan
    with contextlib.suppress(NoAnswer), settings.session(explains=False) as session:
        reference = _time_reference(tasks[0], session, given, MEMORY_RUNS).peak_mib
    for task, timed in zip(tasks, found, strict=True):
        timed.reference_peak_mib = reference
        if timed.candidate:
            with contextlib.suppress(NoAnswer), settings.session(explains=False) as session:
                costs = _time_candidate(task, session, given, MEMORY_RUNS)
                timed.candidate_peak_mib = costs.peak_mib


def _installed_candidates() -> list[str]:
    """Those of CANDIDATES whose stacks are installed; UsageError where none is."""
    found = installed(CANDIDATES)
    if not found:
        raise UsageError("no candidate stack is installed; `parity doctor` says what to install")
    return found


def _made_image(folder: Path) -> Path:
    """A PNG with structure at three scales; always the same."""
    rng, path = np.random.default_rng(0), folder / "made.png"
    total = np.zeros((*IMAGE_SIZE, 3))
    for cells in (4, 16, 64):
        coarse = rng.integers(0, 256, (cells, cells, 3), np.uint8)
        size = (IMAGE_SIZE[1], IMAGE_SIZE[0])
        total += np.asarray(PIL.Image.fromarray(coarse).resize(size, PIL.Image.Resampling.BICUBIC))
    PIL.Image.fromarray((total / 3).astype(np.uint8)).save(path)
    return path


def _input(task: Task, session: RunSession) -> BenchInput | None:
    """What all programs are given; None where the deployed decoder refuses the image."""
    models = load_models(task, session)
    try:
        tensor = prepare_image(task, session, models[1]).tensor
    except NoAnswer:
        return None
    return None if tensor is None else BenchInput(models, tensor)


def _build(tasks: Sequence[Task], session: RunSession, given: BenchInput) -> None:
    """Build every candidate; what fails will fail again, in its row."""
    for task in tasks:
        with contextlib.suppress(NoAnswer, StackError):
            _time_candidate(task, session, given, repeats=0)


def _time_round(
    tasks: Sequence[Task],
    found: Sequence[TimedCandidate],
    session: RunSession,
    given: BenchInput,
) -> None:
    """One time of the reference, then one of each candidate that runs."""
    try:
        reference = _time_reference(tasks[0], session, given, MAX_REPEATS)
    except NoAnswer:
        return
    for task, timed in zip(tasks, found, strict=True):
        if math.isnan(timed.row.candidate_ms):
            continue
        repeats = _repeats(timed.row.candidate_ms)
        with contextlib.suppress(NoAnswer):
            timed.candidate.append(_time_candidate(task, session, given, repeats))
            timed.reference.append(reference)


def _repeats(ms: float) -> int:
    """How many runs of `ms` milliseconds fill a round.

    >>> _repeats(4600.0), _repeats(60.0), _repeats(1.0)
    (1, 6, 20)
    """
    return max(1, min(MAX_REPEATS, int(ROUND_MS / max(ms, 1e-3))))


def _time_reference(task: Task, session: RunSession, given: BenchInput, repeats: int) -> RunCosts:
    case = task.case
    question = Question.on_tensor(given.models[0], case.preprocess, case.reference, given.tensor)
    reference = session.reference_for(given.models[0])
    return reference.time(replace(question, repeats=repeats), bounds(task))


def _time_candidate(task: Task, session: RunSession, given: BenchInput, repeats: int) -> RunCosts:
    limits, run_candidate = task.case.limits, session.candidates.run
    return run_candidate(task.candidate, given.models[1], given.tensor, limits, repeats).costs
