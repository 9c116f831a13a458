"""`parity bisect-versions`: which release of a package moved a row."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from rich.console import Console

from harness.cli.census import case_files
from harness.cli.environments import selected_cases
from harness.cli.json_output import print_json
from harness.cli.terminal import complain, console, indented, shown
from harness.errors import UsageError, nearest
from harness.history.compared_lines import objects, sections
from harness.run.environments.case_run import EnvironmentRun, SelectedCases, run_cases_in
from harness.run.environments.merged_runs import merged_runs
from harness.run.environments.release_search import ReleaseSearch, ReleaseVerdict
from harness.run.environments.releases import between, listed_releases, version_in, versions_in
from harness.run.environments.uv_environment import UvEnvironment, held_packages, uv_program
from harness.run.settings import Settings

FOLDER = "environments"
"""Folder of environments below the cache."""


@dataclass(frozen=True)
class SearchWords:
    """What is looked for, in the words of the command line."""

    package: str
    """Name of the package."""
    good: str
    """Version."""
    bad: str
    """Version."""
    versions: str
    """Versions by commas; empty for those of the index."""
    also: tuple[str, ...] = ()
    """Further requirements."""


class _Releases:
    """Makes the environment of a release and runs the cases in it."""

    def __init__(self, asked: SearchWords, cases: SelectedCases, settings: Settings) -> None:
        self._asked, self._cases, self._settings = asked, cases, settings
        self._held, self._package = held_packages(), canonicalize_name(asked.package)
        self.resolved: dict[str, dict[str, str]] = {}
        """Package to version in each environment, by release."""
        if self._package not in self._held:
            raise UsageError(
                f"{asked.package} is not installed here, and each environment is this one with "
                f"another version of it; {nearest(asked.package, self._held)}"
            )

    def run(self, release: str) -> EnvironmentRun:
        """The run of one release."""
        options = ("--offline",) if self._settings.offline else ()
        folder = self._settings.cache / FOLDER
        maker = UvEnvironment(self._package, release, folder, self._held, self._asked.also, options)
        complain(f"environment {maker.name}:")
        run = run_cases_in(maker, self._cases)
        self.resolved[release] = maker.resolved
        return run

    def moved_with(self, old: str, new: str) -> list[tuple[str, str, str]]:
        """Other packages whose version differs between two releases' environments."""
        before, after = self.resolved.get(old, {}), self.resolved.get(new, {})
        names = sorted({*before, *after} - {self._package})
        found = ((name, before.get(name, ""), after.get(name, "")) for name in names)
        return [one for one in found if one[1] != one[2]]


def run(
    case: Path,
    asked: SearchWords,
    row: str,
    scopes: Sequence[str],
    settings: Settings,
    *,
    as_json: bool,
) -> int:
    """Search and print; 0 where a release is named, 1 otherwise.

    Raises UsageError, CaseError, ReportError.
    """
    _check_requirements(asked.also)
    good, bad = version_in(asked.good), version_in(asked.bad)
    words = [f"{case}::{row.rpartition('::')[2]}"] if row else []
    cases = selected_cases(case_files([case]), settings, words)
    if not cases.tasks:
        known = [task.id for task in selected_cases(case_files([case]), settings).tasks]
        raise UsageError(f"{case} has no comparison '{row:.200}'; {nearest(row, known)}")
    makers = _Releases(asked, cases, settings)
    uv_program()
    releases = [str(one) for one in between(_known(asked, settings), good, bad)]
    search = ReleaseSearch(releases, makers.run, scopes)
    found = search.search()
    merged = merged_runs(list(search.runs.values()), cases.reports.parent, sys.argv)
    also = makers.moved_with(found.last_same, found.first_moved) if found.first_moved else []
    if as_json:
        print_json([_payload(asked.package, found, also, merged.folder.path)])
    else:
        _show(asked.package, found, also, console())
    complain(f"report: {merged.folder.path / 'report.html'}")
    return 0 if found.status == "found" else 1


def _check_requirements(words: Sequence[str]) -> None:
    for word in words:
        try:
            Requirement(word)
        except InvalidRequirement as error:
            raise UsageError(
                f"--with takes a requirement, numpy==2.1.0; found '{word:.80}'"
            ) from error


def _known(asked: SearchWords, settings: Settings) -> list[Version]:
    if asked.versions:
        return versions_in(asked.versions)
    if settings.offline:
        raise UsageError("offline, the releases can't be listed; name them with --versions")
    return listed_releases(asked.package)


def _show(
    package: str, found: ReleaseVerdict, also: Sequence[tuple[str, str, str]], terminal: Console
) -> None:
    terminal.rule(shown(package), align="left")
    style = "bold red" if found.status == "found" else "bold yellow"
    terminal.print(shown(f"{found.status}: {found.reason}", style=style))
    if found.first_moved:
        terminal.print(indented(f"same with {found.last_same}, moved with {found.first_moved}"))
    for name, old, new in also:
        words = f"{name} {old or 'not installed'} → {new or 'not installed'}"
        terminal.print(indented(f"with it changed {words}"))
    for line in _moved_lines(found):
        terminal.print(indented(line))
    counts = f"{found.releases} releases, {found.environments} environments"
    terminal.print(shown(counts, style="dim"))


def _moved_lines(found: ReleaseVerdict) -> Iterator[str]:
    """What moved, from the first release to the named one."""
    if found.comparison is not None:
        for section in sections(found.comparison):
            if section.name != "versions":
                yield from (f"{about}: {text}" for about, text in section.lines)


def _payload(
    package: str, found: ReleaseVerdict, also: Sequence[tuple[str, str, str]], report: Path
) -> dict[str, Any]:
    return {
        "package": package,
        "status": found.status,
        "reason": found.reason,
        "last_same": found.last_same,
        "first_moved": found.first_moved,
        "releases": found.releases,
        "environments": found.environments,
        "also_changed": [{"package": n, "old": old, "new": new} for n, old, new in also],
        "moved": list(objects(found.comparison)) if found.comparison else [],
        "report": str(report),
    }
