"""Which row of one run is which row of another, also where an image or a candidate was renamed.

Rows that are the same by all names and files are matched first; then those that a name or a file
tells apart, by ever fewer of them. So a row is matched once, and with the likest one there is.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from harness.history.compared_row import ComparedRow

Key = Callable[[ComparedRow], Hashable | None]
"""What two rows must have in common; None for a row that has no such thing."""
NAMES = ("case", "image", "candidate")
FILES = {"model": "model", "candidate_model": "candidate's model", "image_file": "image"}


@dataclass(frozen=True)
class Pair:
    """A row of the old run and the same row of the new one."""

    old: ComparedRow
    """As it was."""
    new: ComparedRow
    """As it is."""

    @property
    def renamed(self) -> dict[str, tuple[str, str]]:
        """Case, image or candidate to the old and the new name, of those that have another one."""
        found = {name: (getattr(self.old, name), getattr(self.new, name)) for name in NAMES}
        return {name: both for name, both in found.items() if both[0] != both[1]}

    @property
    def replaced(self) -> list[str]:
        """The files that are known on both sides and have another content now."""
        pairs = [(text, getattr(self.old, n), getattr(self.new, n)) for n, text in FILES.items()]
        return [text for text, old, new in pairs if old and new and old != new]


@dataclass(frozen=True)
class Matched:
    """All rows of two runs, each once."""

    pairs: tuple[Pair, ...]
    """Those that both have."""
    old: tuple[ComparedRow, ...]
    """Those that only the old run has."""
    new: tuple[ComparedRow, ...]
    """Those that only the new run has."""


def matched(old: Iterable[ComparedRow], new: Iterable[ComparedRow]) -> Matched:
    """Match by each key in turn what no earlier one has matched; swapping the runs swaps pairs."""
    left, right = sorted(old, key=_order), sorted(new, key=_order)
    pairs: list[Pair] = []
    for key in KEYS:
        found, left, right = _by_key(key, left, right)
        pairs += found
    return Matched(tuple(sorted(pairs, key=lambda one: _order(one.new))), tuple(left), tuple(right))


def _by_key(
    key: Key, left: list[ComparedRow], right: list[ComparedRow]
) -> tuple[list[Pair], list[ComparedRow], list[ComparedRow]]:
    """Pairs of rows that share a key, in their order; and what is left on both sides."""
    waiting: dict[Hashable, list[ComparedRow]] = {}
    unmatched = []
    for row in right:
        if (value := key(row)) is None:
            unmatched.append(row)
        else:
            waiting.setdefault(value, []).append(row)
    pairs, rest = [], []
    for row in left:
        same = waiting.get(key(row)) if key(row) is not None else None
        if same:
            pairs.append(Pair(row, same.pop(0)))
        else:
            rest.append(row)
    unmatched += [row for rows in waiting.values() for row in rows]
    return pairs, rest, sorted(unmatched, key=_order)


def _everything(row: ComparedRow) -> Hashable:
    return row.names, _files(row), row.program


def _identity(row: ComparedRow) -> Hashable | None:
    """The files and the candidate's name: the image may have another name."""
    return (row.case, row.candidate, row.scope, *_files(row)) if all(_files(row)) else None


def _candidate_renamed(row: ComparedRow) -> Hashable | None:
    """The files and what the candidate is, whatever it and the image are called."""
    known = row.program and all(_files(row))
    return (row.case, row.program, row.scope, *_files(row)) if known else None


def _case_renamed(row: ComparedRow) -> Hashable | None:
    return (row.image, row.candidate, row.scope, *_files(row)) if all(_files(row)) else None


def _all_renamed(row: ComparedRow) -> Hashable | None:
    known = row.program and all(_files(row))
    return (row.program, row.scope, *_files(row)) if known else None


def _files(row: ComparedRow) -> tuple[str, str, str]:
    return row.model, row.candidate_model, row.image_file


KEYS: tuple[Key, ...] = (
    _everything,
    _identity,
    lambda row: row.names,
    _candidate_renamed,
    _case_renamed,
    _all_renamed,
)
"""The strictest first. By names before anything is found renamed: a model that was trained again
has another digest and is the same row, though it may then be compared with what it replaced."""


def _order(row: ComparedRow) -> tuple[str, ...]:
    return (*row.names, *_files(row), row.program, row.status, row.cause, repr(row.divergence))
