"""Every pytest hook: case files become items, items become rows, the controller writes reports.

Under xdist each worker runs items; rows travel as plain JSON on the test report, which is the one
road on which none is lost when a worker dies; only the controller writes files.
"""

import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CaseError, ParityError, StackError
from harness.execution.session import RunSession
from harness.plugin import options
from harness.plugin.summary import failure_text, write_summary
from harness.reports.recorder import Recorder
from harness.results.kinds import kind_of
from harness.results.row import Result
from harness.results.status import Status
from harness.run.completeness import ExpectedRows
from harness.run.pipeline import run
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings
from harness.stacks.registry import all_stacks

SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()
SESSION: pytest.StashKey[RunSession] = pytest.StashKey()
LEDGER: pytest.StashKey[ExpectedRows] = pytest.StashKey()
RESULTS: pytest.StashKey[list[Result]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options under one prefix, each also an ini key."""
    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; a wrong one is a usage error before anything runs."""
    try:
        config.stash[SETTINGS] = options.settings(config)
    except ParityError as error:
        raise pytest.UsageError(str(error)) from error
    if not _is_worker(config):
        config.stash[LEDGER] = ExpectedRows(Recorder(options.report_dir(config), sys.argv))
        config.pluginmanager.register(Controller(config), "parity-controller")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the worker processes."""
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.close()


def pytest_report_header() -> list[str]:
    """Which stacks are installed here."""
    lines = []
    for name, stack in all_stacks().items():
        try:
            found = ", ".join(f"{n} {v}" for n, v in stack.versions().items())
        except StackError:
            found = "not installed"
        lines.append(f"{name}: {found}")
    return [f"parity: {'; '.join(lines)}"]


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> "CaseFile | None":
    """TOML files in a folder called `cases`, and any that is named on the command line."""
    if file_path.suffix != ".toml":
        return None
    if file_path.parent.name == "cases" or parent.session.isinitpath(file_path):
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """A case file."""

    def collect(self) -> Iterable["TaskItem"]:
        """One item a (image, candidate)."""
        try:
            tasks = plan_file(self.path, self.config.stash[SETTINGS])
        except CaseError as error:
            raise self.CollectError(str(error)) from error
        return [TaskItem.from_parent(self, name=task.id, task=task) for task in tasks]


class ComparisonFailed(Exception):  # noqa: N818  a finding, not an error of the harness
    """At least one row of an item fails."""


class TaskItem(pytest.Item):
    """One image through the reference and one candidate; a row a scope."""

    def __init__(self, *, task: Task, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.add_marker(pytest.mark.parity)

    def runtest(self) -> None:
        """Run the task, then pass, fail, xfail or skip by its rows."""
        results = run(self.task, _session(self.config))
        self.stash[RESULTS] = results
        for result in results:
            row = result.row
            self.user_properties.append((f"parity_{row.scope}_status", str(row.status)))
            self.user_properties.append((f"parity_{row.scope}_max_abs", f"{row.max_abs:.17g}"))
            self.user_properties.append((f"parity_{row.scope}_reason", row.reason))
        kinds = {kind_of(result.row) for result in results}
        if "failing" in kinds:
            raise ComparisonFailed(failure_text(results))
        if "known" in kinds:
            known = next(r.row for r in results if r.row.known_failure)
            pytest.xfail(f"{known.status}: {known.known_failure}")
        if "passing" not in kinds:
            row = results[0].row
            pytest.skip(f"{row.status}: {row.reason}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """A finding is told in its own words; a bug keeps its traceback."""
        if isinstance(excinfo.value, ComparisonFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the item comes from."""
        return self.path, 0, f"{self.path.name}::{self.name}"


def _session(config: pytest.Config) -> RunSession:
    if config.stash.get(SESSION, None) is None:
        chosen = config.stash[SETTINGS]
        cache = chosen.cache / "builds"
        config.stash[SESSION] = RunSession(
            cache, reference_stack=chosen.reference, explains=chosen.explain
        )
    return config.stash[SESSION]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put an item's rows on its report, as plain JSON values."""
    report = yield
    if isinstance(item, TaskItem) and call.when == "call":
        results = item.stash.get(RESULTS, None)
        if results is None:
            what = call.excinfo.exconly() if call.excinfo else "no rows came of it"
            results = item.task.ended(Status.NO_EVIDENCE, f"the harness itself failed: {what}")
        session = item.config.stash.get(SESSION, None)
        payloads = [result.model_dump(mode="json") for result in results]
        # A report keeps whatever it is given, and xdist sends all of it.
        vars(report).update(
            parity_programs=session.programs if session else {}, parity_results=payloads
        )
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down what the run owes, before any work starts."""
    ledger = session.config.stash.get(LEDGER, None)
    if ledger is None or session.config.option.collectonly:
        return
    for item in session.items:
        if isinstance(item, TaskItem):
            ledger.owe(item.nodeid, item.task)


class Controller:
    """The hooks of the process that writes files: the only one, or xdist's controller."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the rows off a report, wherever it comes from."""
        ledger = self._config.stash[LEDGER]
        payloads = getattr(report, "parity_results", None)
        if payloads is not None:
            ledger.recorder.programs.update(vars(report)["parity_programs"])
            ledger.enter(report.nodeid, [Result.model_validate(p) for p in payloads])
        elif report.failed:
            ledger.excuse(report.nodeid, str(report.longrepr))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The controller collects nothing itself: plan again what the workers selected."""
        ledger, settings = self._config.stash[LEDGER], self._config.stash[SETTINGS]
        wanted = {i for i in ids if i.split("::")[0].endswith(".toml")} - set(ledger.owed)
        for file in sorted({i.split("::")[0] for i in wanted}):
            for task in plan_file(self._config.rootpath / file, settings):
                if f"{file}::{task.id}" in wanted:
                    ledger.owe(f"{file}::{task.id}", task)


def pytest_report_collectionfinish(items: list[pytest.Item]) -> list[str]:
    """Which candidates and targets are under test."""
    tasks = [item.task for item in items if isinstance(item, TaskItem)]
    if not tasks:
        return []
    found = {task.candidate.id: task.candidate.target for task in tasks}
    under = ", ".join(f"{name} ({target})" for name, target in found.items())
    return [f"parity: {len(tasks)} comparisons of {under}"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Settle what is still owed and write the reports; nothing compared is never a success."""
    ledger = session.config.stash.get(LEDGER, None)
    if ledger is None or not ledger.owed:
        return
    if exitstatus == pytest.ExitCode.OK and not ledger.compared():
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    ledger.settle(int(session.exitstatus))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The rows in short, and where the report is."""
    ledger = terminalreporter.config.stash.get(LEDGER, None)
    if ledger is not None and ledger.owed:
        write_summary(terminalreporter, ledger)
