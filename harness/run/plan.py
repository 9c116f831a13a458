"""From a case to its tasks, and so to the rows that the run must produce, before any work."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath

from harness.cases.asset_sections import Asset, Image
from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cases.scope import Scope
from harness.inputs.assets import Assets
from harness.inputs.case_images import images
from harness.inputs.image_names import file_name
from harness.inputs.own_code_files import located_case
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.run.case_checks import require_consistent
from harness.run.excuses import excused
from harness.run.file_digests import asset_name, known_sha256
from harness.run.fitting import check_fit
from harness.run.named_tensors import check_named_tensors
from harness.run.settings import Settings
from harness.stacks.file_formats import format_of, reference_stack
from harness.stacks.registry import all_stacks


@dataclass(frozen=True)
class Task:
    """One image through the reference and one candidate: what a pytest item runs."""

    name: str
    """The case's name."""
    case: Case
    """The whole case; its limits are those of the run where it names any."""
    image: Image
    """One image of the case, with a name."""
    candidate: Candidate
    """One candidate of the case."""
    assets: Assets
    """Where the case's files come from."""
    reference: str
    """Name of the stack that gives the reference's scores; see `reference_of`."""

    @property
    def id(self) -> str:
        """The part of a node id after the case file: `elephant-299.jpg[relay-llvm-nchw]`."""
        return f"{self.image.name}[{self.candidate.id}]"

    def row(self, scope: Scope, status: Status, reason: str) -> Row:
        """The row of one scope with nothing measured in it."""
        compiled = self.candidate.compiled
        return Row(
            case=self.name,
            image=self.image.name or "",
            candidate=self.candidate.id,
            scope=scope,
            status=status,
            reason=reason,
            stack=self.candidate.stack,
            target=self.candidate.target if compiled else "",
            layout=self.candidate.layout or "",
            opt_level=self.candidate.opt_level if compiled else None,
            pipeline=self.candidate.pipeline if compiled else "",
            precision=self.candidate.precision,
            reference_program=_program(self.reference),
            candidate_program=_program(self.candidate.stack),
            model=asset_name(self.case.model, self.assets.base),
        )

    def digests(self) -> dict[str, str]:
        """Columns of the files' digests where no program has read them, as far as known here.

        A row in which nothing was compared needs them too: by them it is matched with another
        environment's, or another night's.
        """
        model = known_sha256(self.case.model, self.assets)
        other = self.candidate.model
        return {
            "model_sha256": model,
            "candidate_model_sha256": known_sha256(other, self.assets) if other else model,
            "image_sha256": known_sha256(self.image, self.assets),
        }

    def ended(self, status: Status, reason: str) -> list[Result]:
        """One row for each scope of a task in which nothing was compared."""
        rows = (self.row(scope, status, reason) for scope in self.case.scopes)
        return [
            Result(row=excused(self.case, row.model_copy(update=self.digests()))) for row in rows
        ]


def plan(name: str, case: Case, assets: Assets, reference: str) -> list[Task]:
    """Every task of a case, images in order, candidates within an image; raises CaseError."""
    found, reference = images(case.images, assets), reference_of(case.model, reference)
    require_consistent(name, case, found)
    return [
        Task(name, case, image, candidate, assets, reference)
        for image in found
        for candidate in case.candidates
    ]


def reference_of(model: Asset, asked: str) -> str:
    """Stack of the reference of a model: `asked`, or that of a file that is no GraphDef."""
    name = "" if model.zoo else file_name(model)
    return reference_stack(format_of(name), asked)


def case_name(path: Path, root: Path) -> str:
    """The path of a case file from `root`, without its suffix: what node ids begin with.

    Always the whole path, though the stem would often do: were a case named by its stem until
    another one has the same, its rows could not be matched with those of earlier runs from then on.

    >>> case_name(Path("/project/cases/nets/a.toml"), Path("/project"))
    'cases/nets/a'
    """
    relative = os.path.relpath(path.resolve(), root.resolve())
    return PurePath(relative).with_suffix("").as_posix()


def plan_file(path: Path, settings: Settings, root: Path | None = None) -> list[Task]:
    """Every task of a case file; its paths may lead into its folder and the asset roots.

    The case is named by its path from `root`, by default its own folder. Raises CaseError.
    """
    case, assets = settings.bounded(load(path)), settings.assets(path.resolve().parent)
    name = case_name(path, root or path.parent)
    check_named_tensors(name, case.model, assets)
    check_fit(name, case, assets)
    return plan(name, case, assets, settings.reference)


def plan_command(name: str, case: Case, settings: Settings) -> list[Task]:
    """Every task of a case made of the command line's words, whose paths may lead anywhere.

    Raises CaseError, AssetError.
    """
    assets = settings.assets(Path.cwd(), unrestricted=True)
    return plan(name, located_case(settings.bounded(case), assets), assets, settings.reference)


def _program(stack: str) -> str:
    """The stack's program for people; the name itself where no such stack is registered."""
    known = all_stacks().get(stack)
    return known.program if known else stack
