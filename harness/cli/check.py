"""`parity check`: one comparison described on the command line, printed side by side."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from harness.cases.case import Case
from harness.cli import topk_table
from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console
from harness.execution.decoder_prefix import require_size
from harness.execution.session import RunSession
from harness.locate.located_rows import with_located_nodes
from harness.results.result import Result
from harness.run.fitting import require_fit
from harness.run.models import load_models
from harness.run.pipeline import run as run_task
from harness.run.plan import Task, plan_command
from harness.run.settings import Settings


def run(case: Case, settings: Settings, *, as_json: bool) -> int:
    """Compare and print; 0 where every row passes, 1 otherwise, 2 where reports were not written.

    Raises UsageError, GraphError, AssetError, LabelError, and ReportError before any work where
    nothing can be written to the folder of reports.
    """
    tasks = plan_command("check", case, settings)
    with Stages() as stages, settings.session(stages, explains=False) as session:
        session.start_reference(
            tasks[0].reference
        )  # seconds of importing, while the files are read
        check_files(tasks, session)
        results, reported = _run_and_record(tasks, session, settings)
    if as_json:
        print_json(result.row.payload() for result in results)
    else:
        topk_table.show(results, console())
    if not reported:
        return 2
    return 0 if results and all(result.row.status.passing for result in results) else 1


def check_files(tasks: Sequence[Task], session: RunSession) -> None:
    """Raise for a model, tensor name, label file or image that can't be used, before any work.

    On the command line that is wrong use; under pytest it is a status of the row.
    """
    for task in tasks:
        models = load_models(task, session)
        require_fit(task.case, models, session.labels(task.case.labels, task.assets))
        entry = models[0].entry
        if entry.kind == "pixels" and "end_to_end" in task.case.scopes:
            require_size(entry, task.case.preprocess)
        task.assets.fetch(task.image)


def _run_and_record(
    tasks: Sequence[Task], session: RunSession, settings: Settings
) -> tuple[list[Result], bool]:
    """The results, and whether every report that was asked for is where it was asked for."""
    results = []
    with _recorder(settings) as recorder:
        for task in tasks:
            found = run_task(task, session)
            if settings.locate:
                found = with_located_nodes(task, found, session)
            for result in found:
                results.append(result)
                if recorder:
                    recorder.append(result)
        if recorder:
            recorder.programs = session.programs
    return results, recorder is None or recorder.complete


def _recorder(settings: Settings) -> Any:
    """What writes a run folder where one was asked for; reports are imported only then."""
    if settings.report_dir is None:
        return nullcontext()
    from harness.history.history import history_in
    from harness.history.keeper import HistoryKeeper
    from harness.reports.recorder import Recorder

    history = history_in(settings.report_dir, settings.history_dir)
    keeper = HistoryKeeper(history)
    return Recorder(settings.report_dir, sys.argv, keeper, settings.keep_scores)
