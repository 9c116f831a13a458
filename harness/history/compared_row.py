"""`ComparedRow`: what two runs, or a run and what is expected of it, are compared by."""

import math
import re
from dataclasses import dataclass

from harness.graphdef.precisions import SINGLE
from harness.judge.noise import largest_known
from harness.results.kinds import Kind, kind_of
from harness.results.row import Row
from harness.results.status import NOT_RUN, Status

DIGITS = 12
"""Characters of a SHA-256 by which files are told apart: 48 bits, short enough for a diff."""
_CLASS = re.compile(r"\bclass(?:es)? \d+(?: \([^)]*\))?")
_NUMBER = re.compile(r"0x[0-9a-f]+|[+-]?\d[\d.,]*(?:e[+-]?\d+)?", re.IGNORECASE)

Names = tuple[str, str, str, str]
"""Case, image, candidate and scope, as people name them."""


@dataclass(frozen=True)
class ComparedRow:
    """One row of a run, without the figures that no comparison of runs needs."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    status: Status
    """As in Row."""
    kind: Kind
    """Passing, failing, failing as known, or skipped."""
    cause: str = ""
    """Why it fails, the numbers and names of classes left out; empty where it passes."""
    reason: str = ""
    """As in Row; empty where it is only expected."""
    divergence: float = math.nan
    """As in Row."""
    rounding: float = math.nan
    """How far rounding may move a score: the noise, or half of near_tie where that is more."""
    top1_class: int | None = None
    """The class that the divergence is of; None where unknown."""
    model: str = ""
    """First DIGITS characters of the SHA-256 of the reference's model; empty where unknown."""
    candidate_model: str = ""
    """The same of the model that the candidate was compiled from."""
    image_file: str = ""
    """The same of the image."""
    program: str = ""
    """Stack, target, layout, opt_level, pipeline and precision: the candidate without its name."""

    @property
    def names(self) -> Names:
        """What people call it."""
        return self.case, self.image, self.candidate, self.scope

    @property
    def passing(self) -> bool:
        """Whether it passes."""
        return self.kind == "passing"

    @property
    def fails(self) -> bool:
        """Whether it fails, as known or not."""
        return self.kind in ("failing", "known")


def compared_row(row: Row) -> ComparedRow:
    """The part of a row by which runs are compared."""
    kind = kind_of(row)
    return ComparedRow(
        case=row.case,
        image=row.image,
        candidate=row.candidate,
        scope=row.scope,
        status=row.status,
        kind=kind,
        cause=cause(row) if kind in ("failing", "known") else "",
        reason=row.reason,
        divergence=row.divergence,
        rounding=largest_known(row.noise, row.near_tie / 2),
        top1_class=row.top1_class,
        model=row.model_sha256[:DIGITS],
        candidate_model=row.candidate_model_sha256[:DIGITS],
        image_file=row.image_sha256[:DIGITS],
        program=_program(row),
    )


def was_run(row: Row) -> bool:
    """Whether anything was tried: not where the row stands in for a task that never began."""
    return not (row.status is Status.NO_EVIDENCE and row.reason == NOT_RUN)


def cause(row: Row) -> str:
    """Why a row fails, so that two rows failing alike have one cause.

    >>> from harness.testing.sample_rows import make_row
    >>> cause(make_row(status="mismatch", reason="class 9 (owl) differs by 0.01; the odds move"))
    'mismatch: class # differs by #'
    >>> cause(make_row(status="crashed", stage="build", reason="died at 0x7f3a by SIGSEGV"))
    'crashed (build): died at # by SIGSEGV'
    """
    first = first_line(row.reason).partition(";")[0]
    stage = f" ({row.stage})" if row.stage else ""
    return f"{row.status}{stage}: {_NUMBER.sub('#', _CLASS.sub('class #', first)).strip()}"


def first_line(reason: str) -> str:
    """What a reason begins with; the rest is what a program printed."""
    return (reason.splitlines() or [""])[0]


def _program(row: Row) -> str:
    if not row.stack:
        return ""
    level = "" if row.opt_level is None else f"o{row.opt_level}"
    narrow = "" if row.precision in ("", SINGLE) else f",{row.precision}"
    return f"{row.stack},{row.target},{row.layout},{level},{row.pipeline}{narrow}"
