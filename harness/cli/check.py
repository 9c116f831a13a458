"""`parity check`: one comparison from the command line's words, printed side by side."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError
from rich.console import Console

from harness.cases.asset_sections import Asset
from harness.cases.candidate_words import installed, parse
from harness.cases.case import Case
from harness.cli import topk_table as sidebyside
from harness.cli.progress import Stages
from harness.errors import UsageError
from harness.execution.session import RunSession
from harness.results.result import Result
from harness.run.pipeline import run as run_task
from harness.run.plan import Task, plan
from harness.run.settings import Settings

DEFAULT_CANDIDATES = ("relay-llvm-nchw", "relax-llvm")
"""Of these the first whose stack is installed."""


@dataclass(frozen=True)
class Request:
    """The words of the command line, as typed."""

    model: str
    images: list[Path]
    labels: Path | None = None
    synsets: Path | None = None
    input: str | None = None
    output: str | None = None
    candidate: list[str] | None = None
    candidate_model: Path | None = None
    size: str | None = None
    resample: str = "bicubic"
    decoder: str = "pillow"
    exif: str = "ignore"
    mean: str = "0"
    scale: str = "1"
    k: int = 5
    atol: float | None = None
    rtol: float | None = None
    end_to_end_atol: float | None = None
    scope: list[str] | None = None
    timeout: float | None = None
    run_timeout: float | None = None
    report: Path | None = None
    as_json: bool = False


def run(request: Request) -> int:
    """Do it, print it; 0 where every row passes, 1 otherwise. Raises UsageError, GraphError."""
    settings = Settings(build_timeout_s=request.timeout, run_timeout_s=request.run_timeout)
    case = settings.bounded(case_of(request))
    tasks = plan("check", case, settings.assets(Path.cwd(), unrestricted=True))
    results = _results(request, tasks, settings)
    if request.as_json:
        print(json.dumps([result.row.payload() for result in results], indent=2))  # noqa: T201
    else:
        console = Console(width=shutil.get_terminal_size((100, 24)).columns, highlight=False)
        sidebyside.show(results, console)
    return 0 if results and all(result.row.status.passing for result in results) else 1


def _results(request: Request, tasks: list[Task], settings: Settings) -> list[Result]:
    with (
        _record(request.report) as record,
        Stages() as stages,
        RunSession(settings.cache / "builds", stages, explains=False) as session,
    ):
        session.start_reference()  # seconds of importing, while the files are read
        check_files(tasks[0], session)
        for task in tasks:
            for result in run_task(task, session):
                record.append(result)
        record.programs = session.programs
        results: list[Result] = record.results
        return results


def _record(root: Path | None) -> Any:
    """Where rows go: a run folder, or only memory. Reports are imported where they are wanted."""
    if root is None:
        return _Memory()
    from harness.reports.recorder import Recorder

    return Recorder(root, sys.argv)


class _Memory:
    def __init__(self) -> None:
        self.results: list[Result] = []
        self.programs: dict[str, Any] = {}

    def append(self, result: Result) -> None:
        self.results.append(result)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def check_files(task: Task, session: RunSession) -> None:
    """A wrong model file, tensor name or label file is wrong use, known before any work."""
    model = task.case.model
    session.model(task.assets.fetch(model), model.input, model.output)
    for candidate in task.case.candidates:
        if candidate.model:
            session.model(task.assets.fetch(candidate.model), None, None)
    for image in task.case.images:
        task.assets.fetch(image)


def case_of(request: Request) -> Case:
    """The words as a case; raises UsageError."""
    other = Asset(path=str(request.candidate_model)) if request.candidate_model else None
    words = request.candidate or (installed(DEFAULT_CANDIDATES) or list(DEFAULT_CANDIDATES))[:1]
    tolerance = {
        "graph": {"atol": request.atol, "rtol": request.rtol},
        "end_to_end": {"atol": request.end_to_end_atol},
    }
    keys: dict[str, Any] = {
        "model": {**_model(request.model), "input": request.input, "output": request.output},
        "images": [{"path": _literal(path)} for path in request.images],
        "labels": _labels(request),
        "preprocess": {
            "decoder": request.decoder,
            "exif": request.exif,
            "size": size_of(request.size),
            "resample": request.resample,
            "mean": _numbers("--mean", request.mean),
            "scale": _numbers("--scale", request.scale),
        },
        "k": request.k,
        "tolerance": tolerance,
        "candidates": [parse(word, other) for word in words],
    }
    if request.scope:
        keys["scopes"] = request.scope
    try:
        return Case.model_validate(keys)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(map(str, found["loc"]))
        raise UsageError(f"{where}: {found['msg']}; found {found['input']!r:.100}") from error


def _literal(path: Path) -> str:
    """A path in which no character is a wildcard; raises UsageError where there is no such file."""
    import glob

    if not path.is_file():
        raise UsageError(f"no image file {path}; name files that exist")
    return glob.escape(str(path.resolve()))


def _model(text: str) -> dict[str, Any]:
    if text.startswith("zoo:"):
        return {"zoo": text.removeprefix("zoo:")}
    if not Path(text).is_file():
        raise UsageError(f"no model file {text}; expected a frozen GraphDef (.pb)")
    import glob

    return {"path": glob.escape(str(Path(text).resolve()))}


def _labels(request: Request) -> dict[str, Any] | None:
    if request.labels is None:
        if request.synsets:
            raise UsageError("--synsets goes with --labels LABEL_MAP.pbtxt, which is missing")
        return None
    for path in filter(None, (request.labels, request.synsets)):
        if not path.is_file():
            raise UsageError(f"no label file {path}; name a file that exists")
    names = {"path": str(request.labels.resolve())}
    if request.synsets:
        return {"label_map": names, "synsets": {"path": str(request.synsets.resolve())}}
    if request.labels.suffix == ".pbtxt":
        raise UsageError(
            f"{request.labels} maps classes to synsets only; add --synsets with the file that "
            "maps synsets to English (imagenet_synset_to_human_label_map.txt)"
        )
    return {"names": names}


def size_of(text: str | None) -> list[int] | None:
    """[height, width] from 299 or 224x320; raises UsageError."""
    if text is None:
        return None
    height, _, width = text.lower().partition("x")
    parts = [height, width or height]
    if not all(part.isdigit() and int(part) for part in parts):
        raise UsageError(f"--size takes 299 or 224x320 (height×width); found '{text}'")
    return [int(part) for part in parts]


def _numbers(option: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(f"{option} takes one number or three, R,G,B; found '{text}'") from error
