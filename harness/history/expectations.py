"""expected.csv beside the case files: the status and divergence that every row is expected to have.

Small, sorted by name and meant to be committed. A figure that rounding alone moved is not written
anew, so that the diff of the file shows what somebody accepted.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ReportError, UsageError
from harness.history.compared_row import ComparedRow
from harness.history.comparison import RunRows, change
from harness.history.matching import Pair, matched
from harness.reports.csv_table import header, text_of, to_csv
from harness.reports.tables import LongTable, columns_of
from harness.results import files as disk
from harness.results.bounded_file import read_at_most
from harness.results.kinds import Kind
from harness.results.status import Status

NAME = "expected.csv"
BASELINE = "baseline"
"""What a command calls the expectations of the cases of a run."""
MAX_BYTES = 64 << 20
COLUMNS: Mapping[str, type] = {
    **dict.fromkeys(("case", "image", "candidate", "scope", "status"), str),
    "known": bool,
    "divergence": float,
    **dict.fromkeys(("cause", "program", "model", "candidate_model", "image_file"), str),
}
"""Fields of `ComparedRow`; `known` says that a failure is known to the case file."""
WORSE = ("regressions", "causes")
_TABLE = LongTable(dict(COLUMNS), lambda _: ())


def file_of(root: Path, case: str) -> Path:
    """The file of a case's expectations; `root` is pytest's root folder."""
    return root / Path(case).parent / NAME


def read(path: Path) -> list[ComparedRow]:
    """The expectations in a file; none where it is not there. Raises ReportError."""
    if not path.exists():
        return []
    try:
        lines = csv.DictReader(io.StringIO(read_at_most(path, MAX_BYTES).decode("utf-8")))
        return [_row_of(line) for line in lines]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise ReportError(
            f"{path}: can't be read as expectations: {type(error).__name__} {error}; restore the "
            "committed file, or remove it and accept a run anew"
        ) from error


def baseline(root: Path, cases: Iterable[str]) -> RunRows:
    """The expectations of these cases as the old side of a comparison; raises ReportError."""
    wanted = set(cases)
    files = sorted({file_of(root, case) for case in wanted})
    rows = tuple(row for path in files for row in read(path))
    known = frozenset(case for case in wanted if file_of(root, case).exists())
    return RunRows(BASELINE, rows, whole_cases=known | {row.case for row in rows})


def accepted(
    expected: Iterable[ComparedRow], run: RunRows, *, leave_worse: bool = False
) -> list[ComparedRow]:
    """The expectations after a run was accepted, sorted by name.

    A row as it was expected keeps what is written; a row that the run was not asked for stays, one
    that vanished goes. With `leave_worse` a row that regressed, or fails otherwise, keeps its
    expectation, and a failing one without any gets none.
    """
    found = matched(expected, run.rows)
    kept = [_of_pair(pair, leave_worse=leave_worse) for pair in found.pairs]
    kept += [row for row in found.old if not run.would_have(row)]
    kept += [row for row in found.new if not (leave_worse and row.kind == "failing")]
    return sorted(kept, key=lambda row: row.names)


def _of_pair(pair: Pair, *, leave_worse: bool) -> ComparedRow:
    what = change(pair)
    if leave_worse and what in WORSE:
        return pair.old
    same = not what and not pair.renamed and not pair.replaced
    return pair.old if same else pair.new


@dataclass(frozen=True)
class AcceptedFile:
    """One file that was written."""

    path: Path
    """Where it is."""
    rows: int
    """How many rows it expects."""
    changed: bool
    """Whether it is another than before."""


def accept(root: Path, run: RunRows, *, leave_worse: bool = False) -> list[AcceptedFile]:
    """Write the expectations of a run beside its case files.

    Raises UsageError where there are no such case files below `root`, ReportError where a file
    can't be written.
    """
    _require_case_files(root, run)
    written = []
    by_file: dict[Path, list[ComparedRow]] = {}
    for row in run.rows:
        by_file.setdefault(file_of(root, row.case), []).append(row)
    for path, rows in sorted(by_file.items()):
        own = RunRows(run.title, tuple(rows), run.not_run, run.whole_cases)
        expected = accepted(read(path), own, leave_worse=leave_worse)
        content = _content(expected)
        before = path.read_bytes() if path.exists() else b""
        if content != before:
            _write(path, content)
        written.append(AcceptedFile(path, len(expected), content != before))
    return written


def _require_case_files(root: Path, run: RunRows) -> None:
    if not run.rows:
        raise UsageError(f"{run.title}: has no row, so there is nothing to accept")
    missing = sorted({row.case for row in run.rows if not (root / f"{row.case}.toml").exists()})
    if missing:
        raise UsageError(
            f"{root / missing[0]}.toml: no such case file; expectations stand beside case files; "
            "run this in pytest's root folder, or name it with --root; rows of `parity check` "
            "can't be accepted"
        )


def _write(path: Path, content: bytes) -> None:
    try:
        disk.write(path, content)
    except OSError as error:
        raise ReportError(
            f"{path}: can't be written: {error.strerror}; the file is as it was"
        ) from error


def _content(rows: Iterable[ComparedRow]) -> bytes:
    return (
        header(_TABLE)
        + to_csv(_TABLE, columns_of([_line_of(row) for row in rows], len(_TABLE.columns)))
    ).encode()


def _line_of(row: ComparedRow) -> tuple[object, ...]:
    values = {name: getattr(row, name) for name in COLUMNS if name != "known"}
    values["known"] = True if row.kind == "known" else None
    values["status"] = str(row.status)
    values["divergence"] = float(f"{row.divergence:.6g}")
    return tuple(values[name] for name in COLUMNS)


def _row_of(line: Mapping[str, str]) -> ComparedRow:
    texts: dict[str, Any] = {n: text_of(line[n]) for n, kind in COLUMNS.items() if kind is str}
    status = Status(texts.pop("status"))
    kind: Kind = "known" if line["known"] else status.kind
    figure = float(line["divergence"]) if line["divergence"] else math.nan
    return ComparedRow(**texts, status=status, kind=kind, divergence=figure)
