"""A comparison of two runs as sections of lines, which every format shows in its own way."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.history.compared_row import ComparedRow, first_line
from harness.history.comparison import RunComparison
from harness.history.matching import Pair
from harness.judge.noise import largest_known
from harness.results.changes import Changes, ChangeSection

PAIRS = {
    "regressions": ("regression", "Regressions: passed, and fail now"),
    "causes": ("cause changed", "Cause changed: fail for another reason"),
    "improvements": ("improvement", "Improvements: failed, and pass now"),
    "changed": ("status changed", "Status changed otherwise"),
    "moved": ("divergence moved", "Divergence moved by more than rounding, still passing"),
}
"""List of `RunComparison` → what JSON calls one of it, and the heading."""
ROWS = {
    "vanished": ("vanished", "Vanished"),
    "appeared": ("appeared", "Appeared"),
    "not_run_now": ("not run now", "Not run by the new run: filtered, sharded or cut short"),
    "not_run_before": ("not run before", "Not run by the old run: filtered, sharded or cut short"),
}
INFORMATION = {
    "renamed": ("renamed", "Renamed, recognised by the files"),
    "replaced": ("replaced", "Another file under the same name"),
}
KEPT_LINES = 100
"""Lines of a section that the record of a run keeps."""


@dataclass(frozen=True)
class ComparedSection:
    """A heading and its lines."""

    name: str
    """The field of `RunComparison`."""
    heading: str
    """For people."""
    lines: tuple[tuple[str, str], ...]
    """What each line is about, and what is said of it; text from outside is as it was."""


def sections(found: RunComparison) -> list[ComparedSection]:
    """Every list that is not empty, what fails first."""
    parts = [
        *((name, text, map(_pair_line, getattr(found, name))) for name, (_, text) in PAIRS.items()),
        *((name, text, map(_row_line, getattr(found, name))) for name, (_, text) in ROWS.items()),
        ("renamed", INFORMATION["renamed"][1], map(_renamed_line, found.renamed)),
        ("replaced", INFORMATION["replaced"][1], map(_replaced_line, found.replaced)),
        ("versions", "Versions", (_version_line(*one) for one in found.versions)),
    ]
    made = [ComparedSection(name, text, tuple(dict.fromkeys(lines))) for name, text, lines in parts]
    return [section for section in made if section.lines]


def changes(found: RunComparison) -> Changes:
    """What a run's own record says of them: the first lines of every section."""
    parts = [
        ChangeSection(
            name=section.name,
            heading=section.heading,
            count=len(section.lines),
            lines=section.lines[:KEPT_LINES],
        )
        for section in sections(found)
    ]
    return Changes(since=found.old, headline=outcome(found), sections=tuple(parts))


def headline(found: RunComparison) -> str:
    """The two runs and the outcome in a sentence."""
    return f"{found.old} → {found.new}: {outcome(found)}"


def outcome(found: RunComparison) -> str:
    """How many rows changed in which way, in a sentence."""
    counts = [
        f"{len(getattr(found, name))} {text}"
        for name, text in {
            "regressions": "regressed",
            "causes": "fail for another reason",
            "improvements": "improved",
            "changed": "changed status otherwise",
            "moved": "moved",
            "vanished": "vanished",
            "appeared": "appeared",
        }.items()
        if getattr(found, name)
    ]
    if not found.compared:
        counts.append("no row is in both, so nothing was compared")
    said = ", ".join(counts) or "nothing changed"
    return f"{said}; {found.unchanged} unchanged"


def objects(found: RunComparison) -> Iterator[dict[str, Any]]:
    """One object a row that changed, and one a version; for `--json`."""
    for name, (word, _) in {**PAIRS, **INFORMATION}.items():
        yield from (_pair_object(word, pair) for pair in getattr(found, name))
    for name, (word, _) in ROWS.items():
        for row in getattr(found, name):
            yield {"change": word, **_names(row), "status": str(row.status)}
    for program, old, new in found.versions:
        yield {"change": "version", "program": program, "old": old, "new": new}


def title(row: ComparedRow) -> str:
    """Case, image, candidate and scope."""
    return " ".join(row.names)


def _pair_line(pair: Pair) -> tuple[str, str]:
    old, new = pair.old, pair.new
    if old.status is not new.status or old.kind != new.kind:
        text = f"{_outcome(old)} → {_outcome(new)}"
    elif old.fails:
        text = f"{_outcome(new)}: {first_line(old.reason)} → {first_line(new.reason)}"
    else:
        text = f"{_figure(old.divergence)} → {_figure(new.divergence)}"
        bound = largest_known(old.rounding, new.rounding)
        text += "" if math.isnan(bound) else f", where rounding moves it by {bound:.2g}"
    if new.fails and not old.fails:
        text += f": {first_line(new.reason)}"
    replaced = f" (another {', '.join(pair.replaced)})" if pair.replaced else ""
    return title(new), text + replaced


def _outcome(row: ComparedRow) -> str:
    return f"{row.status} (known)" if row.kind == "known" else str(row.status)


def _row_line(row: ComparedRow) -> tuple[str, str]:
    return title(row), _outcome(row)


def _renamed_line(pair: Pair) -> tuple[str, str]:
    names = (f"{name} {old} → {new}" for name, (old, new) in pair.renamed.items())
    return title(pair.new), ", ".join(names)


def _replaced_line(pair: Pair) -> tuple[str, str]:
    return title(pair.new), f"another {', '.join(pair.replaced)}"


def _version_line(program: str, old: str, new: str) -> tuple[str, str]:
    return program, f"{old or 'not installed'} → {new or 'not installed'}"


def _pair_object(word: str, pair: Pair) -> dict[str, Any]:
    sides: Iterable[tuple[str, ComparedRow]] = (("old", pair.old), ("new", pair.new))
    figures = {
        f"{side}_{name}": str(getattr(row, name)) if name == "status" else getattr(row, name)
        for side, row in sides
        for name in ("status", "divergence", "rounding", "reason")
    }
    old_names = {f"old_{name}": old for name, (old, _) in pair.renamed.items()}
    return {"change": word, **_names(pair.new), **old_names, **figures, "replaced": pair.replaced}


def _names(row: ComparedRow) -> dict[str, str]:
    return dict(zip(("case", "image", "candidate", "scope"), row.names, strict=True))


def _figure(value: float) -> str:
    return "not measured" if math.isnan(value) else f"{value:+.3g}"
