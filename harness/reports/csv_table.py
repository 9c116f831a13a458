"""Rows of a table → CSV text.

Every column comes from the table's own fields. Floats have 17 significant digits, so that
`pandas.read_csv` gives back the same bits; NaN is an empty field, an integer has no point.
"""

import math
from collections.abc import Iterable

from harness.results.table import TableRow

_SPECIAL = frozenset(',"\r\n')


def to_csv(table: type[TableRow], rows: Iterable[TableRow]) -> str:
    """A header of the table's columns, then a line a row."""
    columns = table.columns()
    lines = [",".join(columns)]
    lines += [",".join(field(getattr(row, name)) for name in columns) for row in rows]
    return "\n".join(lines) + "\n"


def field(value: object) -> str:
    r"""One value as a CSV field.

    Quoted by hand: the csv module of Python 3.11 leaves a lone carriage return bare when lines
    end in \n, and pandas then reads two lines.

    >>> field(0.1), field(float("nan")), field(3), field(None), field(True), field("a, b")
    ('0.10000000000000001', '', '3', '', 'True', '"a, b"')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.17g}"
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.intersection(text) else text
