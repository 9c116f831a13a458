"""`parity sweep`: the case that the words describe, progress, and the summary at the end."""

import os
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.progress import Progress

from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cli.case_options import JudgeOptions, LabelOptions, ModelOptions, PreprocessOptions
from harness.cli.json_output import print_json
from harness.cli.terminal import complain, counting, say
from harness.cli.typed_case import case_from
from harness.errors import UsageError
from harness.inputs.assets import Assets
from harness.inputs.own_code_files import located_case, own_file
from harness.results.run_record import RunRecord
from harness.run.own_candidates import require_trust
from harness.run.plan import case_name
from harness.run.settings import Settings
from harness.sweep.request import SweepWords, checked
from harness.sweep.sweep import BlockTimes, Sweep

NEEDED = ("dask", "distributed", "pyarrow", "scipy", "statsmodels")
"""Packages of the extra `sweep`."""
CASE_FILE = ".toml"


@dataclass(frozen=True)
class Scheduling:
    """Where the blocks run."""

    scheduler: str | None
    """Address of a Dask scheduler; None: an embedded one."""
    workers: int | None
    """Workers of the embedded one; None: one for two cores."""

    @property
    def count(self) -> int:
        """Workers of the embedded scheduler."""
        return self.workers or max(1, len(os.sched_getaffinity(0)) // 2)


@dataclass(frozen=True)
class DescribedCase:
    """A case by its name, and where its files may come from."""

    name: str
    """Column `case` of the rows."""
    case: Case
    """The case."""
    assets: Assets
    """Where its files may come from."""


def described(
    model: ModelOptions,
    labels: LabelOptions,
    preprocess: PreprocessOptions,
    judged: JudgeOptions,
    settings: Settings,
    words: SweepWords,
) -> DescribedCase:
    """The case of a case file, or of a model file and options; raises UsageError, CaseError."""
    path = Path(model.model)
    if path.suffix == CASE_FILE:
        typed = (model, labels, preprocess, judged)
        plain = (ModelOptions(model.model), LabelOptions(), PreprocessOptions(), JudgeOptions())
        if typed != plain:
            raise UsageError(
                f"{path} is a case file, which says candidates, labels, preprocessing and "
                "tolerances itself; leave those options out, or change the file"
            )
        case, name = settings.bounded(load(path)), case_name(path, Path.cwd())
        require_trust(name, case, settings)
        return DescribedCase(name, case, settings.assets(path.resolve().parent))
    case = case_from(model, [], preprocess, labels, judged)
    case = located_case(case, settings.assets(Path.cwd(), unrestricted=True))
    own = map(own_file, case.candidates)
    named = (model.model, model.candidate_model, labels.labels, labels.synsets, *own)
    folders = tuple(Path(name).resolve().parent for name in named if name)
    # Not unrestricted, as other typed cases are: a manifest may come from elsewhere.
    assets = settings.assets(words.source.root)
    assets = replace(assets, roots=(*assets.roots, *folders))
    return DescribedCase("sweep", settings.bounded(case), assets)


def run(
    given: DescribedCase,
    settings: Settings,
    words: SweepWords,
    how: Scheduling,
    *,
    as_json: bool,
) -> int:
    """Sweep and print; the exit code.

    Raises UsageError, GraphError, StackError, AssetError, LabelError, ReportError.
    """
    _require_packages()
    request = checked(given.name, given.case, given.assets, settings, words)
    with counting() as progress:
        sweep = Sweep(request, RunRecord.begin(sys.argv), _Shown(progress))
        try:
            sweep.go(how.scheduler, how.count)
        except KeyboardInterrupt:
            sweep.end(130)
            complain(
                f"stopped; {sweep.finished} of {request.images.count} images are finished; go on "
                "with the same command and --resume"
            )
            return 130
        except OSError as error:
            complain(f"error: {words.into} can't be written: {error}")
            return 2
    return _concluded(sweep, as_json=as_json)


def _concluded(sweep: Sweep, *, as_json: bool) -> int:
    from harness.sweep.conclusion import conclude

    found = conclude(sweep)
    if as_json:
        print_json(found.payload)
    else:
        for line in found.lines:
            say(line)
    return found.exit_status


def _require_packages() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"a sweep needs {', '.join(missing)}, not installed here; run: "
            "pip install 'parity-harness[sweep]'"
        )


class _Shown:
    """A SweepObserver: a bar on stderr."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None, figures="")
        self._compared = self._agreeing = 0
        self._times = BlockTimes()

    def begin(self, what: str, images: int) -> None:
        """A new bar."""
        self._times = BlockTimes()
        self._progress.reset(self._task, total=images, description=what)

    def advance(self, images: int, rows: Any) -> None:
        """So many images further."""
        if rows is not None:
            equal = rows.column("top1_equal").to_pylist()
            self._compared += sum(each is not None for each in equal)
            self._agreeing += sum(map(bool, equal))
            self._times.note(images)
        agreement = f"{self._agreeing / self._compared:.2%}" if self._compared else "–"
        figures = f"{self._times.rate:.1f} images/s, top-1 agreement {agreement}"
        self._progress.update(self._task, advance=images, figures=figures)
