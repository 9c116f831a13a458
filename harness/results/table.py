"""`TableRow`: the base of every row of a table, from whose fields the table's columns derive."""

import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, GetPydanticSchema, PlainSerializer
from pydantic_core import core_schema

NAN = float("nan")


def _as_json(value: float) -> float | str | None:
    """JSON has no NaN and no infinity: null and a string, which `float` reads back."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _absent(value: object) -> float:
    if value is None or value == "":
        return NAN
    raise ValueError("neither a number nor absent")


Number = Annotated[
    float,
    # A validator in Python for every float would be a fifth of the time of reading a journal.
    GetPydanticSchema(
        lambda _, handler: core_schema.union_schema(
            [handler(float), core_schema.no_info_plain_validator_function(_absent)],
            custom_error_type="float_type",
            mode="left_to_right",
        )
    ),
    PlainSerializer(_as_json, when_used="json"),
]
"""A float in which NaN means "not measured"; JSON writes it as null, CSV as an empty field."""


@dataclass(frozen=True)
class ColumnType:
    """How the tables hold a column; the same in every run, whichever values it has."""

    pandas: str
    """dtype of a DataFrame's column."""
    arrow: str
    """Type of a Parquet file's column, by the name of the function of pyarrow that makes it."""


COLUMN_TYPES: Mapping[type, ColumnType] = {
    bool: ColumnType("boolean", "bool_"),
    int: ColumnType("Int64", "int64"),
    float: ColumnType("float64", "float64"),
    str: ColumnType("string", "string"),
}
"""By the type of a field. What was not measured is <NA>, NaN or null; text is empty instead."""


class TableRow(BaseModel):
    """Base of every row of a table: its fields are the columns, their docstrings the meanings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @classmethod
    def columns(cls) -> list[str]:
        """Column names in the order in which every table writes them."""
        return list(cls.model_fields)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """Column name to its unit and meaning."""
        return {name: field.description or "" for name, field in cls.model_fields.items()}

    @classmethod
    def column_types(cls) -> dict[str, type]:
        """Column name to bool, int, float or str; an enum is stored as its text."""
        return {name: _plain_type(field.annotation) for name, field in cls.model_fields.items()}

    def payload(self) -> dict[str, Any]:
        """Plain JSON values: what crosses a process or xdist boundary."""
        return self.model_dump(mode="json")


def _plain_type(annotation: Any) -> type:
    """The type of the values that are no None.

    >>> _plain_type(int | None)
    <class 'int'>
    """
    if isinstance(annotation, types.UnionType):
        (annotation,) = [part for part in get_args(annotation) if part is not types.NoneType]
    return str if issubclass(annotation, Enum) else annotation
