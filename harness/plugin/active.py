"""The hooks of a pytest session that has case files: rows travel on reports, one process writes.

Under xdist each worker runs items; rows travel as plain JSON on the test report, which is the one
way on which none is lost when a worker dies (docs/measured.md, "pytest-xdist transport"); only the
controller writes files.
"""

import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from functools import cached_property
from signal import Signals
from typing import cast

import pytest

from harness.errors import ParityError, ReportError, StackError
from harness.execution.session import RunSession
from harness.history.compared_lines import changes
from harness.history.judgement import Judgement
from harness.history.keeper import HistoryKeeper
from harness.plugin import NAME, annotations, options
from harness.plugin.expected_rows import judge_rows, write_block, write_judgement
from harness.plugin.stages import StageLines
from harness.plugin.summary import write_summary
from harness.reports.folder import require_usable
from harness.reports.recorder import Recorder
from harness.results.printable import printable
from harness.results.result import Result
from harness.results.status import Status
from harness.run.census import census
from harness.run.completeness import ExpectedRows
from harness.run.known_failures import stale
from harness.run.plan import Task, plan_file
from harness.run.strictness import breaches
from harness.run.termination import raised_by_signals
from harness.stacks.registry import all_stacks

RESULTS: pytest.StashKey[list[Result]] = pytest.StashKey()
"""The rows of an item, in the process that ran it."""


def active_run(config: pytest.Config) -> "ActiveRun":
    """The hooks that `harness.plugin.activate` registered."""
    return cast("ActiveRun", config.pluginmanager.get_plugin(NAME))


class ActiveRun:
    """Settings, programs and expected rows of one pytest process, and its hooks."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        try:
            self.settings = options.settings(config)
            if self.settings.report_dir:  # one that was named; the default has another to fall to
                require_usable(self.settings.report_dir)
        except ParityError as error:
            raise pytest.UsageError(printable(str(error))) from error
        self.judgement: Judgement | None = None
        """What is not as expected.csv says; None where no case has one."""
        self.stale: list[str] = []
        """A sentence for each known failure that excuses nothing."""
        self.breaches: list[str] = []
        """Why the run fails although no row does."""
        self.writes = not hasattr(config, "workerinput")
        """Whether this process writes the reports: the only one, or xdist's controller."""
        keeper = HistoryKeeper(options.history(config))
        kept = self.settings.keep_scores
        recorder = Recorder(options.report_dir(config), sys.argv, keeper, kept)
        self.expected = ExpectedRows(recorder)
        if self.writes:
            until_the_end = ExitStack()
            until_the_end.enter_context(raised_by_signals(_interrupt))
            config.add_cleanup(until_the_end.close)

    @cached_property
    def session(self) -> RunSession:
        """Worker processes and caches; made when the first item runs."""
        return self.settings.session(StageLines(self._config))

    def expect_selected(self, ids: Sequence[str]) -> None:
        """Plan again the tasks that xdist's workers selected, by node id."""
        root = self._config.rootpath
        wanted = set(ids) - set(self.expected.expected)
        for file in sorted({nodeid.partition("::")[0] for nodeid in wanted}):
            for task in plan_file(root / file, self.settings, root):
                self.expected.plan(f"{file}::{task.id}", task)
                if f"{file}::{task.id}" in wanted:
                    self.expected.expect(f"{file}::{task.id}", task)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which rows the run must produce, before any work starts."""
        if self.writes and not session.config.option.collectonly:
            for item in session.items:
                if isinstance(task := getattr(item, "task", None), Task):
                    self.expected.expect(item.nodeid, task)

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Which stacks are installed, and which candidates and targets are under test."""
        tasks = [task for item in items if isinstance(task := getattr(item, "task", None), Task)]
        found = {task.candidate.id: task.candidate for task in tasks}
        candidates = ", ".join(
            f"{name} ({one.target})" if one.compiled else name for name, one in found.items()
        )
        comparisons = [f"parity: {len(tasks)} comparisons of {candidates}"] if tasks else []
        cases = {task.name: task.case.description for task in tasks if task.case.description}
        described = [f"parity: {name}: {text}" for name, text in cases.items()]
        lines = (f"parity: {_installed_stacks()}", *comparisons, *described)
        return [printable(line) for line in lines]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put an item's rows on its report, as plain JSON values."""
        report = yield
        task = getattr(item, "task", None)
        if isinstance(task, Task) and call.when == "call":
            results = item.stash.get(RESULTS, None)
            if results is None:
                what = call.excinfo.exconly() if call.excinfo else "it gave no rows"
                results = task.ended(Status.NO_EVIDENCE, f"the harness itself failed: {what}")
            payloads = [result.model_dump(mode="json") for result in results]
            # A report keeps whatever attribute it is given, and xdist sends all of them.
            vars(report).update(parity_programs=self.session.programs, parity_results=payloads)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the rows off a report, whichever process it comes from."""
        if not self.writes:
            return
        payloads = getattr(report, "parity_results", None)
        if payloads is not None:
            self.expected.recorder.programs.update(vars(report)["parity_programs"])
            results = [Result.model_validate(payload) for payload in payloads]
            self.expected.record(report.nodeid, results)
        elif report.failed:
            self.expected.record_failure(report.nodeid, str(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Complete the rows and write the reports; nothing compared is never a success."""
        if not self.writes or not self.expected.expected:
            return
        if exitstatus == pytest.ExitCode.OK and not self.expected.anything_compared():
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
        self.expected.complete()
        self._judge(session)
        self._count(session)
        self.expected.finish(int(session.exitstatus))

    def _judge(self, session: pytest.Session) -> None:
        """Hold the rows against the committed expectations; what is worse fails the run."""
        root, strict = self._config.rootpath, self.settings.strict
        try:
            self.judgement = judge_rows(root, self.expected, strict=strict)
            failed = self.judgement is not None and self.judgement.fails
            if self.judgement:
                self.expected.recorder.changes.append(changes(self.judgement.comparison))
        except ReportError as error:
            self.expected.recorder.problems.append(str(error))
            failed = True
        if failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _count(self, session: pytest.Session) -> None:
        """Count what is not under full check; too much of it fails the run."""
        expected = self.expected
        tasks, rows = expected.expected.values(), [result.row for result in expected.results]
        expected.recorder.census = census(tasks, rows)
        self.stale = stale(tasks, rows, expected.whole_cases())
        self.breaches = breaches(self.settings, expected.recorder.census, rows, self.stale)
        if self.breaches and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The rows in short, what of them was expected otherwise, and where the report is."""
        if self.writes and self.expected.expected:
            if self.judgement:
                write_judgement(terminalreporter, self.judgement)
            write_summary(terminalreporter, self.expected, self.stale, self.breaches)
            if annotations.wanted():
                rows = [result.row for result in self.expected.results]
                for line in annotations.annotations(rows, self.stale):
                    terminalreporter.line(line)

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The block that accepts what is better, last of all; end the worker processes."""
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        path = self.expected.recorder.path
        if self.judgement and path and terminal:
            here = config.invocation_params.dir
            write_block(terminal, self.judgement, path, config.rootpath, here)
        if "session" in vars(self):
            self.session.close()


def _interrupt(number: int) -> KeyboardInterrupt:
    return KeyboardInterrupt(f"ended by {Signals(number).name}")


def _installed_stacks() -> str:
    """Every stack with the versions of its distributions, or that it is not installed."""
    found = []
    for name, stack in all_stacks().items():
        try:
            versions = ", ".join(f"{n} {v}" for n, v in stack.versions().items())
        except StackError:
            versions = "not installed"
        found.append(f"{name}: {versions}")
    return "; ".join(found)
