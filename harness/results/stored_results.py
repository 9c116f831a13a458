"""The results in a journal, read from disk as they are asked for."""

import json
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, overload

from pydantic import ValidationError

from harness.errors import ReportError
from harness.results import journal
from harness.results.bounded_file import require_regular
from harness.results.result import Result, RowResult, narrow
from harness.results.validation_words import problems

REMEDY = "put the journal of that run back; the files beside it are left as they are"


Part = TypeVar("Part", bound=RowResult)


class StoredResults(Sequence[Result]):
    """The results of a journal in order of arrival; holds their places in the file, not them.

    Each pass reads the file again, so however many rows there are, the memory is that of a few. A
    line that is no line of a journal raises ReportError, at once or when it is read: leaving it out
    would hide a row.
    """

    def __init__(self, path: Path, places: bytes = b"") -> None:
        """Find the lines of a journal, unless `places` says where they are: another process's."""
        self.path = path
        self.remarks: list[str] = []
        """What a reader must know: a sentence for each row that was being written when its run was
        killed."""
        self.ends_in_half_a_line = False
        """Whether the last line is such a row."""
        self._rows = array("Q")
        self._pictures: dict[str, int] = {}
        self._picture = lru_cache(64)(self._read_picture)
        try:
            require_regular(path)
            if places:
                rows, self._pictures = json.loads(places)
                self._rows.extend(rows)
            else:
                self._find_lines()
        except OSError as error:
            raise ReportError(
                f"{path}: can't be read: {error.strerror}; a run folder holds its rows in "
                f"{journal.NAME}; name a folder that a run has left"
            ) from error

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Result]:
        return map(self._with_picture, self.without_pictures())

    def without_pictures(self) -> Iterator[Result]:
        """The results with the digests of their pictures in place of them."""
        return self._parsed(Result)

    def row_results(self, *columns: str) -> Iterator[RowResult]:
        """The results without lists and pictures; with `columns`, of each row these alone."""
        return self._parsed(narrow(columns) if columns else RowResult)

    def _parsed(self, kind: type[Part]) -> Iterator[Part]:
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.startswith(journal.ROW) and line.endswith(b"\n"):
                    yield self._result(kind, line, number)

    @overload
    def __getitem__(self, place: int) -> Result: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Result]: ...
    def __getitem__(self, place: int | slice) -> Result | Sequence[Result]:
        """The result in a place, read now."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return self._with_picture(self._result(Result, self._line(self._rows[place]), None))

    def places(self) -> str:
        """Where the lines are, for another process."""
        return json.dumps([self._rows.tolist(), self._pictures])

    def _find_lines(self) -> None:
        start, line = 0, b"\n"
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                self._note(line, number, start)
                start += len(line)
        self.ends_in_half_a_line = not line.endswith(b"\n")

    def _note(self, line: bytes, number: int, start: int) -> None:
        """Remember where a line is, by its first key."""
        if not line.endswith(b"\n"):
            self._require_half_a_line(line, number)
        elif line.startswith(journal.ROW):
            self._rows.append(start)
        elif line.startswith(journal.THUMBNAIL):
            self._pictures[line[len(journal.THUMBNAIL) + 1 :][:64].decode("ascii", "replace")] = (
                start
            )
        elif line.startswith(journal.TORN):
            self._remark(number)
        else:
            raise self._foreign(number, f"it begins with {line[:20]!r}")

    def _require_half_a_line(self, line: bytes, number: int) -> None:
        # A power cut can leave zeros in place of what was written last.
        begun = line.rstrip(b"\0")
        kinds = (journal.ROW, journal.THUMBNAIL, journal.TORN)
        if not any(begun.startswith(kind) or kind.startswith(begun) for kind in kinds):
            raise self._foreign(number, f"it begins with {line[:20]!r}")
        self._remark(number)

    def _remark(self, number: int) -> None:
        self.remarks.append(
            f"Line {number} of {journal.NAME} is half-written, as a kill or a full disk leaves it; "
            "that row is not in this report."
        )

    def _result(self, kind: type[Part], line: bytes, number: int | None) -> Part:
        try:
            result = kind.model_validate_json(line)
        except ValidationError as error:
            raise self._foreign(number, f"{problems(error):.300}") from error
        result.row.model_fields_set.clear()  # half of a row's memory, and nothing asks for it
        return result

    def _with_picture(self, result: Result) -> Result:
        return result.with_pictures(self._picture) if result.pictures else result

    def _read_picture(self, digest: str) -> str:
        """The picture of a digest; empty where its line is lost, which costs no row."""
        if digest not in self._pictures:
            return ""
        try:
            return str(json.loads(self._line(self._pictures[digest]))["uri"])
        except (ValueError, KeyError, RecursionError):
            return ""

    def _line(self, start: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(start)
            return file.readline()

    def _foreign(self, number: int | None, why: str) -> ReportError:
        where = f"{self.path}:{number}" if number else f"{self.path}"
        return ReportError(
            f"{where}: no row of this harness: {why}; it was written by another version, or "
            f"edited; report it with the version that ran, or {REMEDY}"
        )
