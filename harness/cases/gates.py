"""What a sweep over a dataset must show to pass: the `[gates]` of a case file."""

from typing import Annotated

from pydantic import Field

from harness.cases.scope import Scope
from harness.cases.section import Finite, Integer, Section


class Gates(Section):
    """Bounds on a whole dataset, each of which is decided for every candidate and scope."""

    min_top1_agreement: Annotated[Finite, Field(gt=0, lt=1)] | None = None
    """Smallest share of images, between 0 and 1, of which both programs have the same top-1 class.
    No number of images shows that all have: for that, see max_mismatches."""
    max_accuracy_drop: Annotated[Finite, Field(ge=0, lt=1)] | None = None
    """Largest accuracy of the reference minus that of the candidate: 0.005 is half a percentage
    point. Needs images whose true class is known."""
    max_mismatches: Annotated[Integer, Field(ge=0)] | None = None
    """Most images of status mismatch that no known failure excuses."""
    confidence: Annotated[Finite, Field(ge=0.5, lt=1)] = 0.95
    """How sure a pass and a failure each have to be; a gate that can be neither is inconclusive."""
    scope: Scope | None = None
    """The scope that is judged; all of the case by default."""

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds that are set, by their keys."""
        names = ("min_top1_agreement", "max_accuracy_drop", "max_mismatches")
        found = {name: getattr(self, name) for name in names}
        return {name: bound for name, bound in found.items() if bound is not None}
