"""What a case file says about results beforehand: expected failures, and published scores."""

from datetime import date
from fnmatch import fnmatchcase
from math import isnan
from typing import Literal

from pydantic import Field, model_validator

from harness.cases.scope import Scope
from harness.cases.section import Finite, Section
from harness.cases.tolerance import Bound
from harness.cases.until import Day, InstalledVersion, UntilText, parse_until
from harness.results.status import Status


class KnownFailure(Section):
    """A failure that is expected: reported, never hidden, and not counted as failing."""

    image: str = "*"
    """Glob over image names."""
    candidate: str = "*"
    """Glob over candidate ids."""
    scope: Scope | Literal["*"] = "*"
    """Scope, or `*` for both."""
    status: Status | None = None
    """Only this status is expected; by default any failing one."""
    reason: str = Field(min_length=1)
    """Why, for the people who read the report."""
    max_abs: Bound | None = None
    """Largest |candidate score − reference score| that is excused; beyond it, and where nothing was
    compared, the row fails."""
    node: str | None = Field(default=None, min_length=1)
    """Glob over `located_node`: only rows that --locate (pytest: --parity-locate) puts down to
    such nodes are excused."""
    op: str | None = Field(default=None, min_length=1)
    """Glob over `located_op`, likewise."""
    until: UntilText | None = None
    """Last day (YYYY-MM-DD) on which it is excused, or the first version of a package with which it
    no longer is (`apache-tvm 0.28`)."""
    since: Day | None = None
    """The day of this entry, YYYY-MM-DD; `parity census` prints its age."""

    @model_validator(mode="after")
    def _failing(self) -> "KnownFailure":
        if self.status and self.status.kind != "failing":
            failing = ", ".join(status for status in Status if status.kind == "failing")
            raise ValueError(f"{self.status} is no failure; expected one of {failing}")
        return self

    @property
    def subject(self) -> str:
        """The rows that it speaks of, in words."""
        return f"image {self.image}, candidate {self.candidate}, scope {self.scope}"

    def may_be_about(self, image: str, candidate: str) -> bool:
        """Whether it speaks of a row of that image and candidate, in some scope."""
        return fnmatchcase(image, self.image) and fnmatchcase(candidate, self.candidate)

    def is_about(self, image: str, candidate: str, scope: str) -> bool:
        """Whether it speaks of the rows of that image, candidate and scope."""
        return self.may_be_about(image, candidate) and self.scope in ("*", scope)

    def covers(self, image: str, candidate: str, scope: str, status: Status) -> bool:
        """Whether a row of that image, candidate and scope is expected to have that status."""
        return self.is_about(image, candidate, scope) and self.status in (None, status)

    def elsewhere(self, nodes: str, ops: str) -> str:
        """Why a row with these `located_node` and `located_op` is not excused; empty where it is.

        Of several nodes each has to fit.
        """
        for key, wanted, found in (("node", self.node, nodes), ("op", self.op, ops)):
            if wanted is None:
                continue
            if not nodes:
                return f"it excuses {key} {wanted}, and none is located; run with --parity-locate"
            if not all(fnmatchcase(one, wanted) for one in found.split(", ")):
                return f"it excuses {key} {wanted}, and what is wrong is {key} {found}"
        return ""

    def lapsed(self, today: date, installed: InstalledVersion) -> str:
        """Why it excuses nothing any more; empty where it still does."""
        passed = parse_until(self.until).passed(today, installed) if self.until else ""
        return f"it was excused until {self.until}, and {passed}" if passed else ""

    def exceeded(self, max_abs: float) -> str:
        """Why a row with that largest |Δ| is beyond its bound; empty where it is not."""
        if self.max_abs is None or max_abs <= self.max_abs:
            return ""
        found = "nothing was compared" if isnan(max_abs) else f"|Δ| is {max_abs:.3g}"
        return f"it was excused up to |Δ| {self.max_abs:g}, and {found}"


class Published(Section):
    """Scores printed elsewhere, reported beside the measured ones; no status depends on them."""

    image: str
    """Image name."""
    side: Literal["reference", "candidate"]
    """Which program the scores are of."""
    top: tuple[tuple[str, Finite], ...] = Field(min_length=1)
    """[label, score] pairs from rank 1 on."""
    source: str = ""
    """Where they were printed."""
