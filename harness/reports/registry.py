"""The report formats that are installed here: the harness's own and those of entry points."""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules

from harness.errors import ReportError
from harness.reports import writers
from harness.reports.logs import FOLDER
from harness.reports.protocol import ReportWriter
from harness.results import journal
from harness.results.result import Result
from harness.results.run_record import RunRecord

GROUP = "parity.reports"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ThirdPartyWriter:
    """Another package's writer; whatever goes wrong in it is a ReportError that names it."""

    def __init__(self, entry: EntryPoint, taken: Iterable[str]) -> None:
        self._origin = f"report writer '{entry.name}' ({entry.value}, entry point of {GROUP})"
        try:
            self._writer: ReportWriter = entry.load()
            self.file_name, self.order = self._writer.file_name, self._writer.order
        except Exception as error:  # another package's code can raise anything
            raise self._broken(f"can't be loaded: {_text(error)}") from error
        if not isinstance(self._writer, ReportWriter) or not isinstance(self.order, int):
            raise self._broken("is no ReportWriter: file_name, order and render are expected")
        if not isinstance(self.file_name, str) or not _FILE_NAME.fullmatch(self.file_name):
            raise self._broken(f"can't name its file {self.file_name!r}: a plain name is expected")
        if self.file_name in taken:
            raise self._broken(f"can't name its file {self.file_name}: another file has that name")

    def render(self, run: RunRecord, results: Sequence[Result]) -> bytes | None:
        """As the other package's; raises ReportError for whatever that raises."""
        try:
            content = self._writer.render(run, results)
        except Exception as error:  # another package's code can raise anything
            raise self._broken(f"failed: {_text(error)}") from error
        if content is not None and not isinstance(content, bytes):
            raise self._broken(f"returned {type(content).__name__}: bytes or None is expected")
        return content

    def _broken(self, what: str) -> ReportError:
        return ReportError(
            f"{self._origin} {what}; the other reports are not affected; update that package, "
            "or remove it"
        )


def own_writers() -> list[ReportWriter]:
    """The harness's own, one a module of `harness.reports.writers`, by their order."""
    names = [found.name for found in iter_modules(writers.__path__)]
    found = [import_module(f"{writers.__name__}.{name}").WRITER for name in names]
    return sorted(found, key=lambda writer: writer.order)


def all_writers() -> tuple[list[ReportWriter], list[str]]:
    """Every writer by its order, and a message for each broken one of another package."""
    found, problems = own_writers(), []
    for entry in entry_points(group=GROUP):
        taken = {journal.NAME, FOLDER, *(writer.file_name for writer in found)}
        try:
            found.append(ThirdPartyWriter(entry, taken))
        except ReportError as error:
            problems.append(str(error))
    return sorted(found, key=lambda writer: writer.order), problems


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
