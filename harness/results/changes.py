"""What is otherwise in a run than in another one, or than expected; and a row over its runs."""

from pydantic import BaseModel, ConfigDict


class ChangeSection(BaseModel):
    """Changes of one kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """Field of `harness.history.comparison.RunComparison`."""
    heading: str
    """For people."""
    count: int
    """How many there are."""
    lines: tuple[tuple[str, str], ...]
    """What each of the first is about, and what is said of it; text from outside is as it was."""


class Changes(BaseModel):
    """All changes since one other run, or since the expectations."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    since: str
    """`baseline`, the id of the other run, or the name of another environment."""
    of: str = ""
    """What changed, in the words of `since`; empty where it is the run whose record this is in."""
    headline: str
    """The outcome in a sentence."""
    sections: tuple[ChangeSection, ...] = ()
    """Every kind of change that there is, what fails first."""


class RowTrend(BaseModel):
    """What a row was in its last runs."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    line: str
    """A character a run, the newest last, as `harness.history.sparkline` draws them."""
