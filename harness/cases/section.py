"""Base class of the tables of a case file, and the types of fields that several of them share."""

from typing import Annotated

from pydantic import AllowInfNan, BaseModel, ConfigDict, Field, Strict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
"""What can stand in a pytest node id and a file name: at most 100 letters, digits and `._+-`."""
Hex40 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
"""SHA-1 digest, such as a git blob id."""
Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 digest."""
Integer = Annotated[int, Strict()]
"""An integer and nothing that could be read as one: no true, no "5"."""
Finite = Annotated[float, Strict(), AllowInfNan(allow_inf_nan=False)]
"""A finite number, with or without a point; no true, no "0.5"."""
Boolean = Annotated[bool, Strict()]
"""true or false."""
Side = Annotated[Integer, Field(gt=0, le=1 << 14)]
"""Height or width of an image, in pixels."""


class Section(BaseModel):
    """Base of every table of a case file: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
