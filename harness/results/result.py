"""`Result`: a row with its long-form lines, as it travels from a task to the reports."""

from collections.abc import Callable
from functools import cache
from itertools import repeat
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, GetPydanticSchema, create_model
from pydantic_core import core_schema

from harness.results.capture import Capture
from harness.results.located_kernels import LocatedKernels
from harness.results.row import Row
from harness.results.table import NAN, Number, TableRow


class TopkRow(NamedTuple):
    """One rank of one side's top-k list, in long form. What it is about stands in its row."""

    side: str
    """`reference` or `candidate`."""
    rank: int
    """From 1."""
    class_index: int
    """Index into the score vector."""
    label: str
    """English name of the class."""
    score: float
    """This side's score of the class."""
    other_score: float = NAN
    """The other side's score of the same class."""


_TopkFields = tuple[str, int, int, str, Number, Number]
TopkRows = Annotated[
    tuple[TopkRow, ...],
    # Validated as plain tuples, which takes a third of the time that named ones take: a run of
    # 20 000 rows has 200 000 of these.
    GetPydanticSchema(
        lambda _, handler: core_schema.no_info_after_validator_function(
            lambda found: tuple(map(tuple.__new__, repeat(TopkRow), found)),
            handler(tuple[_TopkFields, ...]),
        )
    ),
]
"""Top-k lists; in JSON an array of the fields' values each."""


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
    source: str = ""
    """Where the score was published, as the case file says."""


class DecodedPictures(BaseModel):
    """What the decoders of the two programs make of one file, before any resize."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    uri: str
    """A `data:` URI of three pictures side by side: the candidate's pixels, the reference's, and
    their absolute difference, multiplied by `factor`."""
    values: int
    """How many pixel values there are: height times width times channels."""
    differing: int
    """How many of them differ."""
    largest: int
    """Largest difference, in levels of 0 to 255."""
    factor: int
    """What the difference is multiplied by, so that the largest is drawn as white."""


class RowResult(BaseModel):
    """The part of a result that is wanted of many rows; of stored ones it is read alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    row: Row
    """The figures and the status."""
    expected: tuple[ExpectedRow, ...] = ()
    """The published scores of its image, beside what was measured."""


@cache
def narrow(columns: tuple[str, ...]) -> type[RowResult]:
    """A RowResult whose row has these columns alone, so that many fit the processor's caches.

    It is read and gone through in half of the time. It is typed as the whole: to ask it for another
    column is an AttributeError.
    """
    fields: dict[str, Any] = {
        name: (Row.model_fields[name].annotation, Row.model_fields[name]) for name in columns
    }
    narrowed = ConfigDict(frozen=True, extra="ignore")
    row: Any = create_model("NarrowRow", __config__=narrowed, **fields)
    return create_model("NarrowRowResult", __base__=RowResult, row=(row, ...))


class Result(RowResult):
    """A row with the long-form lines that belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topk: TopkRows = ()
    """Both programs' top-k lists; empty where nothing was compared."""
    thumbnail: str = ""
    """A `data:` URI of the image, scaled to fit the report; empty where it can't be decoded."""
    decoded: DecodedPictures | None = None
    """What both decoders make of the file; only end to end, where it was asked for."""
    capture: Capture | None = None
    """What it takes to judge or run the row again; None beyond the first rows of a run."""
    located: LocatedKernels | None = None
    """What was measured kernel by kernel; only of rows of scope graph whose node was looked for."""
    log: str = ""
    """What the worker process of a failing row printed. The recorder writes it to the run folder,
    names the file in `row.log`, and empties this."""

    @property
    def pictures(self) -> tuple[str, ...]:
        """The `data:` URIs that it has."""
        decoded = self.decoded.uri if self.decoded else ""
        return tuple(uri for uri in (self.thumbnail, decoded) if uri)

    def with_pictures(self, other: Callable[[str], str]) -> Self:
        """The same with other texts in place of those URIs."""
        decoded = self.decoded and self.decoded.model_copy(update={"uri": other(self.decoded.uri)})
        thumbnail = self.thumbnail and other(self.thumbnail)
        return self.model_copy(update={"thumbnail": thumbnail, "decoded": decoded})
