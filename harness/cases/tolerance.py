"""When two score vectors count as equal: the `[tolerance]` of a case file."""

from typing import Annotated, Any, Self

from pydantic import (
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from harness.cases.section import Finite, Section

Bound = Annotated[Finite, Field(ge=0)]
"""A finite number ≥ 0; an infinite tolerance would let anything pass."""


def _accept_auto(value: Any, validate_bound: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, str) and value != "auto":
        raise ValueError("expected a number or 'auto'")
    return value if value == "auto" else validate_bound(value)


AutoBound = Annotated[
    Bound,
    WrapValidator(_accept_auto),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"const": "auto"}]}),
]
"""A bound, or the word `auto`."""


class EndToEndTolerance(Section):
    """|candidate − reference| ≤ atol + rtol·|reference| for every class, as in numpy.allclose."""

    atol: Bound | None = None
    """Absolute part, in score units."""
    rtol: Bound | None = None
    """Relative part."""
    near_tie: Bound | None = None
    """Reference score gap up to which two classes may change places."""


class GraphTolerance(EndToEndTolerance):
    """The same, or the rule `auto`."""

    atol: AutoBound | None = None
    """Absolute part, in score units; 0 where an rtol is given alone. `auto`, the default, is the
    rule that is derived from float64 truth and noise."""

    @model_validator(mode="after")
    def _auto_has_no_rtol(self) -> Self:
        if isinstance(self.atol, str) and self.rtol is not None:
            raise ValueError(
                "the rule 'auto' has no rtol; give a number as atol, or leave rtol out"
            )
        return self


class Tolerances(Section):
    """One tolerance a scope; `harness.judge.applied_tolerance` has the defaults."""

    graph: GraphTolerance = GraphTolerance()
    """Same tensor into both programs."""
    end_to_end: EndToEndTolerance = EndToEndTolerance()
    """Same file into both programs."""
