"""What a run owes and what has come in: every selected task ends as its rows, whatever happens."""

from harness.reports.recorder import Recorder
from harness.results.row import Result
from harness.results.status import Status
from harness.run.plan import Task

NOT_RUN = "it was never run: the session ended first"


class ExpectedRows:
    """Tasks by node id, and the results that arrived for them."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.owed: dict[str, Task] = {}
        self._settled: set[str] = set()
        self._excuses: dict[str, str] = {}

    @property
    def results(self) -> list[Result]:
        """Everything that has arrived."""
        return self.recorder.results

    def owe(self, nodeid: str, task: Task) -> None:
        """A task was selected: its rows must come, one way or another."""
        self.owed.setdefault(nodeid, task)

    def enter(self, nodeid: str, results: list[Result]) -> None:
        """A task's results arrived."""
        self._settled.add(nodeid)
        for result in results:
            self.recorder.append(result)

    def excuse(self, nodeid: str, why: str) -> None:
        """A task failed without results: its process died."""
        self._excuses[nodeid] = why.strip().splitlines()[-1][:500] if why.strip() else "no reason"

    def compared(self) -> bool:
        """Whether anything was compared or failed; skipped rows compare nothing."""
        return any(result.row.status.kind != "skipped" for result in self.results)

    def settle(self, exit_status: int) -> None:
        """Give every task that is still owed its rows, in order, then write the reports."""
        for nodeid, task in self.owed.items():
            if nodeid in self._settled:
                continue
            why = self._excuses.get(nodeid)
            status = Status.CRASHED if why else Status.NO_EVIDENCE
            self.enter(nodeid, task.ended(status, why or NOT_RUN))
        self.recorder.results = self._in_order()
        self.recorder.finish(exit_status)

    def _in_order(self) -> list[Result]:
        """Results as they were planned: the same with one process and with several."""
        tasks = enumerate(self.owed.values())
        place = {(t.name, t.image.name, t.candidate.id): i for i, t in tasks}
        last = len(place)
        return sorted(
            self.results,
            key=lambda r: place.get((r.row.case, r.row.image, r.row.candidate), last),
        )
