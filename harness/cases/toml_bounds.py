"""Bounds on the text of a case file, checked before tomllib reads it.

tomllib keeps every prefix of a dotted key: one key of 20 000 parts takes it 1.6 GiB. What is
counted here is counted by `str.count` and one regular expression without backtracking, so that it
costs milliseconds whatever the text is.
"""

import re
from itertools import accumulate

from harness.errors import CaseError

MAX_MARKS = 30_000
"""Lines, and dots, equals signs, commas and brackets outside of strings and comments."""
MAX_PARTS = 16
"""Parts of one dotted key or table name."""
MAX_DEPTH = 16
"""Arrays and inline tables inside each other."""

# Possessive (*+, ++): a string is never given back, so each character is looked at once.
_STRING_OR_COMMENT = re.compile(
    r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+(?:"{3,5})?'
    r"|'''(?:[^']++|'{1,2}(?!'))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]++|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_MARKS = ".=,[]{}"
_BRACKET = {"[": 1, "{": 1, "]": -1, "}": -1}


def require_parsable(text: str) -> None:
    """Raise CaseError unless tomllib can parse the text in little time and memory.

    >>> require_parsable("a.b = '....' # ....")
    """
    plain = _STRING_OR_COMMENT.sub("", text)
    marks = text.count("\n") + sum(map(plain.count, _MARKS))
    if marks > MAX_MARKS:
        raise CaseError(
            f"{marks} lines, keys, values and brackets; a case file has at most {MAX_MARKS}. "
            "Name many images by a glob"
        )
    parts = 1 + max(part.count(".") for part in re.split(r"[\n=,\[\]{}]", plain))
    if parts > MAX_PARTS:
        raise CaseError(f"a key of {parts} parts; a case file's have at most {MAX_PARTS}")
    depth = max(accumulate(_BRACKET.get(c, 0) for c in re.findall(r"[\[\]{}]", plain)), default=0)
    if depth > MAX_DEPTH:
        raise CaseError(f"{depth} brackets inside each other; a case file has at most {MAX_DEPTH}")
