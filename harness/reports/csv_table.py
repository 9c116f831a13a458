r"""Rows of a table → CSV text, and back to the text of a cell.

Every column comes from the table's own fields. Floats have 17 significant digits, so that
`pandas.read_csv` gives back the same bits; NaN is an empty field, an integer has no point.

Text comes from models and label files. What prints nothing is written out as in
`harness.results.printable`, and a backslash that would then read as such a code as `\x5c`; text
that a spreadsheet would take for a formula gets an apostrophe in front. `text_of` undoes both.
"""

import csv
import io
import math
import re
from collections.abc import Iterable

from harness.results.printable import printable
from harness.results.table import TableRow

_CODE = re.compile(
    r"\\(?:x([0-9a-f]{2})|u((?!d[89a-f])[0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))"
)
"""What `printable` writes, but for halves of surrogate pairs: those stay written out."""
_FORMULA = re.compile("'*[=+\\-@\t\n＝＋－＠]")
"""A start that makes a formula, behind any apostrophes.

Source: OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection; of its list
the carriage return is written out.
"""


def to_csv(table: type[TableRow], rows: Iterable[TableRow]) -> str:
    """A header of the table's columns, then a line a row."""
    columns = table.columns()
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(getattr(row, name)) for name in columns] for row in rows)
    return text.getvalue()


def cell(value: object) -> str:
    r"""One value as the text of a cell.

    >>> cell(0.1), cell(-1.5), cell(float("nan")), cell(3), cell(None), cell(True)
    ('0.10000000000000001', '-1.5', '', '3', '', 'True')
    >>> print(cell("=1+1"), cell("'=1+1"), cell("a\x1b[2J"), cell(r"a\x1b"), cell(r"C:\temp"))
    '=1+1 ''=1+1 a\x1b[2J a\x5cx1b C:\temp
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.17g}"
    if not isinstance(value, str):
        return str(value)
    text = printable(_CODE.sub(lambda found: rf"\x5c{found[0][1:]}", str(value)))
    return f"'{text}" if _FORMULA.match(text) else text


def text_of(found: str) -> str:
    r"""The text of which `cell` made this.

    >>> text_of("'=1+1"), text_of(r"a\x1b[2J") == "a\x1b[2J", text_of("'tis")
    ('=1+1', True, "'tis")
    """
    text = found[1:] if found.startswith("'") and _FORMULA.match(found) else found
    return _CODE.sub(lambda code: chr(int(code[1] or code[2] or code[3], 16)), text)
