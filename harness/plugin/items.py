"""Case files as pytest collectors, and a pytest item for each (image, candidate)."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CaseError
from harness.locate.located_rows import with_located_nodes
from harness.plugin.active import RESULTS, active_run
from harness.plugin.summary import failure_text
from harness.results.kinds import kind_of
from harness.results.printable import printable
from harness.results.result import Result
from harness.run.own_candidates import require_trust
from harness.run.pipeline import run
from harness.run.plan import Task, plan_file


class ComparisonFailed(Exception):  # noqa: N818  a finding, not an error of the harness
    """At least one row of an item fails."""


class CaseFile(pytest.File):
    """A case file."""

    def collect(self) -> Iterable["TaskItem"]:
        """One item for each (image, candidate)."""
        active = active_run(self.config)
        try:
            tasks = plan_file(self.path, active.settings, self.config.rootpath)
            for task in tasks[:1]:
                require_trust(task.name, task.case, active.settings)
        except CaseError as error:
            raise self.CollectError(printable(str(error))) from error
        items = [TaskItem.from_parent(self, name=task.id, task=task) for task in tasks]
        for item in items:
            active.expected.plan(item.nodeid, item.task)
        return items


class TaskItem(pytest.Item):
    """One image through the reference and one candidate; one row for each scope."""

    def __init__(self, *, task: Task, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.add_marker(pytest.mark.parity)

    def runtest(self) -> None:
        """Run the task, then pass, fail, xfail or skip by its rows."""
        active = active_run(self.config)
        results = run(self.task, active.session)
        if active.settings.locate:
            results = with_located_nodes(self.task, results, active.session)
        self.stash[RESULTS] = results
        for result in results:
            self._add_properties(result)
        _raise_by_kind(results)

    def _add_properties(self, result: Result) -> None:
        """What junit.xml says of a row."""
        row = result.row
        self.user_properties.append((f"parity_{row.scope}_status", str(row.status)))
        self.user_properties.append((f"parity_{row.scope}_max_abs", f"{row.max_abs:.17g}"))
        self.user_properties.append((f"parity_{row.scope}_reason", row.reason))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """A failed comparison is shown as its rows; a bug keeps its traceback."""
        if isinstance(excinfo.value, ComparisonFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the item comes from."""
        return self.path, 0, f"{self.path.name}::{self.name}"


def _raise_by_kind(results: list[Result]) -> None:
    """Raise what makes pytest fail, xfail or skip the item; nothing where every row passes."""
    kinds = {kind_of(result.row) for result in results}
    if "failing" in kinds:
        raise ComparisonFailed(failure_text(results))
    if "known" in kinds:
        known = next(result.row for result in results if result.row.known_failure)
        pytest.xfail(printable(f"{known.status}: {known.known_failure}"))
    if "passing" not in kinds:
        row = results[0].row
        pytest.skip(printable(f"{row.status}: {row.reason}"))
