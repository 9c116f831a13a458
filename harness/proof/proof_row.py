"""`ProofRow`: what was changed in a model, how far that moves truth, and what the harness said."""

import csv
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from harness.errors import UsageError
from harness.reports.csv_table import header, text_of, to_csv
from harness.reports.tables import LongTable
from harness.results.bounded_file import read_at_most
from harness.results.table import Number, TableRow
from harness.results.validation_words import problems

SATURATED = 0.99
"""A row is saturated where the reference's top score is above it."""
MAX_BYTES = 64 << 20
"""Of a file of rows that is read."""


class Change(StrEnum):
    """What was done to a model."""

    FAULT = "fault"
    """A mistake was planted."""
    REWRITE = "rewrite"
    """The same function was written otherwise."""
    NONE = "none"
    """Nothing."""


class ProofRow(TableRow):
    """One changed or unchanged model, as one candidate, on one photo."""

    model: str
    """Name of the model."""
    change: Change
    """What was done to the model."""
    kind: str
    """Kind of fault, or name of the rewrite; empty where nothing is changed."""
    where: str
    """The node, or how many."""
    image: str
    """The photo."""
    candidate: str
    """Id of the candidate that the graph is compiled as."""
    status: str
    """What the harness said."""
    moved: Number
    """How far the change moves float64 truth: the largest difference of the logarithms of two
    scores of one class, normalisation apart, for a distribution, of scores for other outputs."""
    noise: Number
    """How far rounding may move the reference, in the same measure."""
    top_score: Number
    """The reference's top score."""
    error_ratio: Number
    """The candidate's distance from the truth over what rounding may do, as in rows.csv."""

    @property
    def ratio(self) -> float:
        """How many times the noise the change moves the truth; NaN where that is unknown."""
        return self.moved / self.noise if self.noise else float("nan")

    @property
    def saturated(self) -> bool:
        """Whether the reference's top score is near 1."""
        return self.top_score > SATURATED

    @property
    def failing(self) -> bool:
        """Whether the harness calls the scores different."""
        return self.status == "mismatch"


_TABLE = LongTable(ProofRow.column_types(), lambda _: ())


def as_csv(rows: Iterable[ProofRow]) -> str:
    """The rows as CSV, with a header; `read` gives them back."""
    lines = [tuple(getattr(row, name) for name in _TABLE.columns) for row in rows]
    return header(_TABLE) + to_csv(_TABLE, lines)


def read(path: Path) -> Sequence[ProofRow]:
    """The rows of a file that `parity prove` wrote; raises UsageError for any other."""
    try:
        text = read_at_most(path, MAX_BYTES).decode("utf-8")
        table = csv.DictReader(text.splitlines(keepends=True), strict=True)
        if list(table.fieldnames or ()) != list(_TABLE.columns):
            raise ValueError("its columns are others")
        return [
            ProofRow.model_validate(
                {k: text_of(v) if _TABLE.columns.get(k) is str else v for k, v in line.items()}
            )
            for line in table
        ]
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}; name a CSV file") from error
    except (ValidationError, ValueError, TypeError, csv.Error) as error:
        why = problems(error) if isinstance(error, ValidationError) else error
        raise UsageError(
            f"{path} holds no rows of parity prove: {why!s:.300}; name the CSV file that an "
            "earlier run wrote beside its tables"
        ) from error
