"""From a case file to the rows it owes: one a (case, image, candidate, scope), before any work."""

from dataclasses import dataclass
from pathlib import Path

from harness.cases.asset_sections import Image
from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cases.scope import Scope
from harness.errors import CaseError
from harness.inputs.assets import Assets, images
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.run.settings import Settings
from harness.stacks.registry import all_stacks


@dataclass(frozen=True)
class Task:
    """One image through the reference and one candidate: what a pytest item runs."""

    name: str
    """The case's name."""
    case: Case
    image: Image
    candidate: Candidate
    assets: Assets

    @property
    def id(self) -> str:
        """Such as `elephant-299.jpg[relay-llvm-nchw]`."""
        return f"{self.image.name}[{self.candidate.id}]"

    def row(self, scope: Scope, status: Status, reason: str) -> Row:
        """The row of one scope with nothing measured in it."""
        return Row(
            case=self.name,
            image=self.image.name or "",
            candidate=self.candidate.id,
            scope=scope,
            status=status,
            reason=reason,
            stack=self.candidate.stack,
            target=self.candidate.target,
            layout=self.candidate.layout or "",
            opt_level=self.candidate.opt_level,
            pipeline=self.candidate.pipeline,
            known_failure=self.known_failure(scope, status),
        )

    def ended(self, status: Status, reason: str) -> list[Result]:
        """A row a scope for a task that came to nothing."""
        return [Result(row=self.row(scope, status, reason)) for scope in self.case.scopes]

    def known_failure(self, scope: Scope, status: Status) -> str:
        """The reason the case file gives for such an end; empty where it gives none."""
        if status.kind != "failing":
            return ""
        name, candidate = self.image.name or "", self.candidate.id
        covering = (
            known.reason
            for known in self.case.known_failures
            if known.covers(name, candidate, scope, status)
        )
        return next(covering, "")


def plan(name: str, case: Case, assets: Assets) -> list[Task]:
    """Every task of a case, images in order, candidates within an image."""
    found = images(case.images, assets)
    if not found:
        raise CaseError(f"{name}: no images; a case must show something to both programs")
    for candidate in case.candidates:
        _check(name, candidate)
    return [
        Task(name, case, image, candidate, assets)
        for image in found
        for candidate in case.candidates
    ]


def plan_file(path: Path, settings: Settings) -> list[Task]:
    """Every task of a case file; raises CaseError."""
    case = settings.bounded(load(path))
    return plan(path.stem, case, settings.assets(path.resolve().parent))


def _check(name: str, candidate: Candidate) -> None:
    """Refuse what a stack can't be asked for; raises CaseError, for an unknown stack nothing."""
    used = all_stacks().get(candidate.stack)
    if used is None:
        return
    asked = {
        "layout": (candidate.layout, used.layouts),
        "pipeline": (candidate.pipeline, used.pipelines),
    }
    for key, (value, known) in asked.items():
        if value is not None and value not in known:
            expected = (
                f"expected {' or '.join(known)}" if known else f"it keeps the graph's own {key}"
            )
            raise CaseError(
                f"{name}: candidate {candidate.id}: stack '{candidate.stack}' has no {key} "
                f"'{value}'; {expected}"
            )
