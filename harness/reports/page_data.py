"""Ordered rows → the columns that the page's script filters, sorts and shows.

A row is a place in every column. Texts are numbers of strings, because most occur many times.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from harness.reports.figures import clipped, magnitude, score, signed
from harness.reports.images import Thumbnail
from harness.results.kinds import kind_of
from harness.results.printable import printable
from harness.results.row import Row

REASON_LENGTH = 400
"""Characters of a reason in a row's line; the details below have all of it."""
EXPLANATION_LENGTH = 300
"""Characters of an explanation in a row's line; as for the reason."""
DIGITS = 9
"""Of a number to sort by: as many as tell any two float32 apart."""


def line_explanation(row: Row) -> str:
    """The explanation where a row's line shows it: only end to end does it explain anything."""
    return clipped(row.explanation, EXPLANATION_LENGTH) if row.scope == "end_to_end" else ""


MARKS = {"passing": "✓", "failing": "✕", "skipped": "○", "known": "!"}
"""The sign of each kind, so that none is told by its colour alone."""
KNOWN_FAILURE = "Known failure."
KNOWN_TITLES = {
    "failing": KNOWN_FAILURE,
    "known": KNOWN_FAILURE,
    "skipped": "Listed as a known failure, which was not tried.",
    "passing": "Listed as a known failure, which did not occur.",
}
"""By kind, what stands before the text of a known failure."""
TEXTS: dict[str, Callable[[Row], str]] = {
    "kind": kind_of,
    "status": attrgetter("status.value"),
    "image": attrgetter("image"),
    "case": attrgetter("case"),
    "candidate": attrgetter("candidate"),
    "scope": attrgetter("scope"),
    "label": lambda row: row.top1_label or "–",
    "other_label": lambda row: row.candidate_top1_label if row.top1_equal is False else "",
    "reason": lambda row: clipped(row.reason, REASON_LENGTH),
    "explanation": line_explanation,
    "known": attrgetter("known_failure"),
}
"""What a row's line says, by column."""
FIGURES: dict[str, Callable[[float], str]] = {
    "reference_score": score,
    "candidate_score": score,
    "divergence": signed,
    "max_abs": magnitude,
}
"""The figures in a row's line, columns of `Row`, and how they are written."""


def columns(rows: Sequence[Row], images: Mapping[str, Thumbnail]) -> dict[str, Any]:
    """JSON values: `strings`, `texts` (column → numbers of strings) and `numbers`.

    `images` are those on the page, by the SHA-256 of their files.
    """
    figures = {name: list(map(attrgetter(name), rows)) for name in FIGURES}
    texts = {name: list(map(text, rows)) for name, text in TEXTS.items()}
    texts |= {name: list(map(text, figures[name])) for name, text in FIGURES.items()}
    shown = {digest: image.id for digest, image in images.items()}
    texts["thumbnail"] = [shown.get(row.image_sha256, "") for row in rows]
    strings = dict.fromkeys(chain.from_iterable(texts.values()))
    places = dict(zip(strings, range(len(strings)), strict=True))
    return {
        "strings": [printable(text) for text in strings],
        "texts": {name: list(map(places.__getitem__, column)) for name, column in texts.items()},
        "numbers": {name: list(map(_number, column)) for name, column in figures.items()},
        "marks": MARKS,
        "knownTitles": KNOWN_TITLES,
    }


def _number(value: float) -> float | str | None:
    """A number of JSON, which has no NaN and no infinity.

    >>> _number(0.1 + 0.2), _number(math.nan), _number(-math.inf)
    (0.3, None, '-Infinity')
    """
    if math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return None if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
