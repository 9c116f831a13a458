"""Text from outside in Markdown: shown as it is, none of it markup."""

import re
from collections.abc import Iterable, Sequence

from harness.results.printable import printable

_MARKUP = re.compile(r"([\\`*{}\[\]<>#+!|~&@]|(?<!\w)_|_(?!\w))")
"""What can be markup; an underscore inside a word is none in GitHub's Markdown."""


def plain(value: object) -> str:
    r"""A value in one line, as Markdown shows it, in a table's cell too.

    >>> print(plain("a_b|<c> _d_"))
    a_b\|\<c\> \_d\_
    >>> plain("two\n lines")
    'two lines'
    """
    return _MARKUP.sub(r"\\\1", " ".join(printable(str(value)).split()))


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> list[str]:
    r"""The lines of a table; its head is markup, its cells are not.

    >>> table(["a"], [["x|y"]])
    ['| a |', '|---|', '| x\\|y |']
    """
    rows = [f"| {' | '.join(map(plain, line))} |" for line in lines]
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows]
