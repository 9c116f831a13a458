r"""Lines of a table → CSV text, and back to the text of a cell.

A float has the fewest digits that give back the same bits, and always a point or an exponent; NaN
is an empty field, an integer has no point. So a column of figures is read as one, whichever values
it has.

Text comes from models and label files. What prints nothing is written out as in
`harness.results.printable`, and a backslash that would then read as such a code as `\x5c`; text
that a spreadsheet would take for a formula gets an apostrophe in front. `text_of` undoes both.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from pydantic_core import to_json

from harness.reports.tables import LongTable
from harness.results.printable import printable
from harness.results.result import Result

_CODE = re.compile(
    r"\\(?:x([0-9a-f]{2})|u((?!d[89a-f])[0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))"
)
"""What `printable` writes, but for halves of surrogate pairs: those stay written out."""
_FORMULA = re.compile("'*[=+\\-@\t\n＝＋－＠]")
"""A start that makes a formula, behind any apostrophes.

Source: OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection; of its list
the carriage return is written out.
"""

_QUOTED = frozenset(',"\n')
_PLAIN = re.compile("[A-Za-z0-9][A-Za-z0-9 _.:;/()]*")
"""Text that is its own field, as most is; looking for the exceptions takes four times as long."""


class CsvSink:
    """A CSV file that is being written: the header, then lines as results come."""

    def __init__(self, table: LongTable, file: BinaryIO, *, empty: bool = True) -> None:
        self._table, self._file = table, file
        self._wanted = empty
        file.write(header(table).encode())

    def add(self, results: Sequence[Result]) -> None:
        """The lines of these results."""
        values = self._table.values(results)
        if values[0]:
            self._wanted = True
            self._file.write(to_csv(self._table, values).encode())

    def close(self) -> bool:
        """Whether the file has lines, or is wanted without."""
        return self._wanted

    def discard(self) -> None:
        """Nothing is held."""


def header(table: LongTable) -> str:
    """The line of the columns' names."""
    return ",".join(table.columns) + "\n"


def to_csv(table: LongTable, values: Sequence[Sequence[Any]]) -> str:
    """The values of each column → one line of text each, without the header."""
    kinds = table.columns.values()
    fields = (_FIELDS[kind](column) for kind, column in zip(kinds, values, strict=True))
    return "\n".join((*map(",".join, zip(*fields, strict=True)), ""))


def _numbers(values: Sequence[float | None]) -> Iterable[str]:
    """As fields; pydantic writes them in a fifth of the time that `repr` takes."""
    text = to_json(values, inf_nan_mode="constants")[1:-1].decode()
    if not text:
        return ()
    if "n" in text:  # of Infinity and null
        text = text.replace("null", "").replace("Infinity", "inf")
    return text.replace("NaN", "").split(",")


class _Fields(dict[str, str]):
    """Text → its field, made once for each text."""

    def __missing__(self, text: str) -> str:
        if _PLAIN.fullmatch(text):
            self[text] = text
            return text
        shown = cell(text)
        quoted = '"' + shown.replace('"', '""') + '"'
        self[text] = found = quoted if _QUOTED.intersection(shown) else shown
        return found


_FIELDS: dict[type, Callable[[Any], Iterable[str]]] = {
    float: _numbers,
    int: _numbers,
    bool: lambda values: map({True: "True", False: "False", None: ""}.__getitem__, values),
    str: lambda values: map(_Fields().__getitem__, values),
}
"""By the type of a column: its values → its fields."""


def cell(text: str) -> str:
    r"""A text as that of a cell.

    >>> print(cell("=1+1"), cell("'=1+1"), cell("a\x1b[2J"), cell(r"a\x1b"), cell(r"C:\temp"))
    '=1+1 ''=1+1 a\x1b[2J a\x5cx1b C:\temp
    """
    shown = printable(_CODE.sub(lambda found: rf"\x5c{found[0][1:]}", str(text)))
    return f"'{shown}" if _FORMULA.match(shown) else shown


def text_of(found: str) -> str:
    r"""The text of which `cell` made this.

    >>> text_of("'=1+1"), text_of(r"a\x1b[2J") == "a\x1b[2J", text_of("'tis")
    ('=1+1', True, "'tis")
    """
    text = found[1:] if found.startswith("'") and _FORMULA.match(found) else found
    return _CODE.sub(lambda code: chr(int(code[1] or code[2] or code[3], 16)), text)
