"""`Result`: a row with its long-form lines, as it travels from a task to the reports."""

from pydantic import BaseModel, ConfigDict

from harness.results.row import Row
from harness.results.table import NAN, Number, TableRow


class TopkRow(TableRow):
    """One rank of one side's top-k list, in long form."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    side: str
    """`reference` or `candidate`."""
    rank: int
    """From 1."""
    class_index: int
    """Index into the score vector."""
    label: str
    """English name of the class."""
    score: Number
    """This side's score of the class."""
    other_score: Number = NAN
    """The other side's score of the same class."""


class ExpectedRow(TableRow):
    """One published score, with what was measured at its rank."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    side: str
    """`reference` or `candidate`."""
    rank: int
    """From 1, as published."""
    label: str
    """The published name."""
    score: Number
    """The published score."""
    measured_label: str = ""
    """The name measured at that rank."""
    measured_score: Number = NAN
    """The score measured at that rank."""
    difference: Number = NAN
    """measured_score minus score where the names agree."""


class Result(BaseModel):
    """A row with the long-form lines that belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: Row
    """The figures and the status."""
    topk: tuple[TopkRow, ...] = ()
    """Both programs' top-k lists; empty where nothing was compared."""
    expected: tuple[ExpectedRow, ...] = ()
    """The published scores of its image, beside what was measured."""
    thumbnail: str = ""
    """A `data:` URI of the image, scaled to fit the report; empty where it can't be decoded."""
    log: str = ""
    """What the worker process of a failing row printed. The recorder writes it to the run folder,
    names the file in `row.log`, and empties this."""
