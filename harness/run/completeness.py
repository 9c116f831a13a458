"""Every selected task ends as its rows: which were expected, which arrived, what stands in."""

from harness.reports.recorder import Recorder
from harness.results.result import Result
from harness.results.status import NOT_RUN, Status
from harness.run.capturing import captured
from harness.run.plan import Task

MAX_REASON = 500
"""Characters of a process's last line that become a row's reason."""


class ExpectedRows:
    """Tasks by pytest node id, and the results that arrived for them."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.expected: dict[str, Task] = {}
        self._planned: dict[str, str] = {}
        self._places: dict[str, list[int]] = {}
        self._failures: dict[str, str] = {}

    @property
    def results(self) -> list[Result]:
        """Everything that has arrived."""
        return self.recorder.results

    def plan(self, nodeid: str, task: Task) -> None:
        """A task that a case file asks for, whether it is selected or not."""
        self._planned[nodeid] = task.name

    def whole_cases(self) -> list[str]:
        """The cases of which every comparison was selected, sorted."""
        partial = {name for node, name in self._planned.items() if node not in self.expected}
        return sorted(set(self._planned.values()) - partial)

    def expect(self, nodeid: str, task: Task) -> None:
        """A task was selected: from now on its rows are missing until they are recorded."""
        self.expected.setdefault(nodeid, task)
        if task.case.description:
            self.recorder.cases[task.name] = task.case.description

    def record(self, nodeid: str, results: list[Result]) -> None:
        """A task's results arrived."""
        first = len(self.recorder.results)
        for result in results:
            self.recorder.append(result)
        places = self._places.setdefault(nodeid, [])
        places += range(first, len(self.recorder.results))

    def record_failure(self, nodeid: str, reason: str) -> None:
        """A task failed without results, for example because its pytest process died."""
        lines = reason.strip().splitlines()
        self._failures[nodeid] = lines[-1][:MAX_REASON] if lines else "no reason"

    def anything_compared(self) -> bool:
        """Whether anything was compared or failed; skipped rows compare nothing."""
        return any(result.row.status.kind != "skipped" for result in self.results)

    def complete(self) -> None:
        """Give every task without rows its rows, and all of them the order of planning; once."""
        for nodeid, task in self.expected.items():
            if nodeid in self._places:
                continue
            reason = self._failures.get(nodeid)
            status = Status.CRASHED if reason else Status.NO_EVIDENCE
            ended = task.ended(status, reason or NOT_RUN)
            self.record(nodeid, [captured(result, task) for result in ended])
        self.recorder.results = self._in_order()
        self.recorder.whole_cases = self.whole_cases()

    def finish(self, exit_status: int) -> None:
        """Write the reports; `complete` comes before."""
        self.recorder.finish(exit_status)

    def _in_order(self) -> list[Result]:
        """Results as they were planned: the same with one process and with several."""
        found = self.results
        return [
            found[place]
            for node in {**self.expected, **self._places}
            for place in self._places[node]
        ]
