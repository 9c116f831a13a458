"""When two score vectors count as equal: the `[tolerance]` of a case file."""

from typing import Annotated, Any

from pydantic import Field, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator

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


class Tolerance(Section):
    """|candidate − reference| ≤ atol + rtol·|reference| for every class, as in numpy.allclose."""

    atol: AutoBound | None = None
    """Absolute part, in score units; `auto`, the default of scope graph, derives it from data."""
    rtol: Bound | None = None
    """Relative part."""
    near_tie: Bound | None = None
    """Reference score gap up to which two classes may change places."""


class Tolerances(Section):
    """One tolerance a scope; what is not given has the defaults of `harness.judge.verdict`."""

    graph: Tolerance = Tolerance()
    """Same tensor into both programs."""
    end_to_end: Tolerance = Tolerance()
    """Same file into both programs."""
