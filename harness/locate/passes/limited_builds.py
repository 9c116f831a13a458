"""A task's candidate, built with the first n applications of optional passes, and its scores."""

import json
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.locate.expected_output import ExpectedOutput
from harness.locate.passes.verdict import PassApplication
from harness.results.bounded_file import read_at_most
from harness.run.bisection import Probe
from harness.run.plan import Task
from harness.stacks.pass_limits import ALL, PASSES, PassRecord

MAX_RECORD_BYTES = 1 << 26
"""Bytes of what a limited step writes about its passes."""


@dataclass
class LimitedBuilds:
    """Builds of one candidate; each is kept in the cache of builds."""

    task: Task
    """The task."""
    session: RunSession
    """Processes and the cache."""
    model: ModelFile
    """The model that the candidate is compiled from."""
    tensor: NDArray[Any]
    """Its pixel tensor."""
    steps: tuple[str, ...]
    """Names of the steps whose passes can be limited."""
    expected: ExpectedOutput
    """What the scores should be."""
    applications: list[PassApplication] = field(default_factory=list)
    """Those of a whole build, in order; empty before `whole`."""

    def whole(self) -> float:
        """The error of the whole build's scores over its limit; raises NoAnswer."""
        found = self._excess(dict.fromkeys(self.steps, ALL))
        for step in self.steps:
            record = self._record(step, dict.fromkeys(self.steps, ALL))
            for name, function in zip(record.applications, record.functions, strict=True):
                number = len(self.applications) + 1
                self.applications.append(PassApplication(number, name, step, function))
        return found

    def probe(self, n: int) -> Probe:
        """What the build with the first n applications gives."""
        try:
            with self.session.observe(f"build with {n} of {len(self.applications)} passes"):
                excess = self._excess(self._limits(n))
        except NoAnswer as failure:
            return Probe("unknown", f"{failure.status}: {failure.reason}")
        return Probe("wrong" if excess > 1 else "right")

    def around(self, application: PassApplication) -> PassRecord:
        """The code before and after an application with which the scores are wrong."""
        whole = application.number == len(self.applications)
        limits = dict.fromkeys(self.steps, ALL) if whole else self._limits(application.number)
        return self._record(application.step, limits)

    def _limits(self, n: int) -> dict[str, int]:
        """How many applications of each step the first n are."""
        found = dict.fromkeys(self.steps, 0)
        for application in self.applications[:n]:
            found[application.step] += 1
        return found

    def _excess(self, limits: dict[str, int]) -> float:
        answer = self.session.candidates.run(
            self.task.candidate, self.model, self.tensor, self.task.case.limits, 0, limits
        )
        return self.expected.excess(answer.scores)

    def _record(self, step: str, limits: dict[str, int]) -> PassRecord:
        built = self.session.candidates.made_by(
            self.task.candidate, self.model, self.tensor.shape, self.task.case.limits, step, limits
        )
        return PassRecord(**json.loads(read_at_most(built.folder / PASSES, MAX_RECORD_BYTES)))
