"""`parity rejudge`: other limits on the scores that a run kept, and which verdicts they change."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cases.scope import SCOPES, Scope
from harness.cli.json_output import print_json
from harness.cli.terminal import console, indented, shown
from harness.errors import UsageError
from harness.history.history import History
from harness.history.sources import folder_named
from harness.reports import stored_run
from harness.reports.streamed import no_collection
from harness.reports.tables import ABOUT
from harness.results.row import Row
from harness.run.plan import case_name
from harness.run.rejudge import JudgedAgain, OtherRule, judged_again


def cases_of(files: Iterable[Path], root: Path) -> dict[str, Case]:
    """By name, the cases whose limits are to be applied; raises CaseError."""
    return {case_name(file, root): load(file) for file in files}


def scope_named(word: str) -> Scope:
    """A scope of that name; raises UsageError."""
    for scope in SCOPES:
        if scope == word:
            return scope
    raise UsageError(f"--scope takes {' or '.join(SCOPES)}; found '{word:.80}'")


def atol_from(word: str | None) -> float | str | None:
    """The number, or `auto`; raises UsageError."""
    if word in (None, "auto"):
        return word
    try:
        return float(word or "")
    except ValueError as error:
        raise UsageError(f"--atol takes a number or auto; found '{word:.80}'") from error


def run(history: History, word: str, rule: OtherRule, *, as_json: bool) -> int:
    """Print the verdicts that change; 1 where a row that did not fail does now, else 0.

    Raises UsageError where no row kept its scores, ReportError for a folder that can't be read.
    """
    folder = folder_named(history, word)
    changed, counts = [], Counter[str]()
    with no_collection():
        for found in judged_again(stored_run.read(folder)[1].without_pictures(), rule):
            if isinstance(found, Row):
                counts["compared" if found.classes else "not compared"] += 1
                continue
            counts["judged"] += 1
            if found.changed:
                changed.append(found)
    if not counts["judged"]:
        raise UsageError(_nothing(folder, counts))
    if as_json:
        print_json(map(_object, changed))
    else:
        _show(changed, counts, console())
    return 1 if any(one.worse for one in changed) else 0


def _nothing(folder: Path, counts: Counter[str]) -> str:
    if not counts.total():
        return f"{folder}: has no row of that scope"
    return (
        f"{folder}: none of its {counts.total()} rows kept its scores; run it again, with a larger "
        "--keep-scores (pytest: --parity-keep-scores) where it had more rows than that"
    )


def _show(changed: list[JudgedAgain], counts: Counter[str], terminal: Console) -> None:
    heading = f"verdicts that change: {len(changed)} of {counts['judged']}"
    terminal.print(shown(heading, style="bold"))
    for one in sorted(changed, key=lambda one: (not one.worse, one.before.status)):
        style = "bold red" if one.worse else "bold green" if one.kinds[1] == "passing" else "bold"
        terminal.print()
        terminal.print(shown(" ".join(getattr(one.before, name) for name in ABOUT)))
        terminal.print(indented(f"{_outcome(one.before)} → {_outcome(one.after)}", style=style))
        terminal.print(indented(one.after.reason))
        terminal.print(indented(f"rule: {one.after.rule}"))
    for name, text in {
        "not compared": "not judged again, because nothing was compared",
        "compared": "not judged again, because their scores were not kept (--keep-scores)",
    }.items():
        if counts[name]:
            terminal.print(shown(f"\nrows {text}: {counts[name]}"))


def _outcome(row: Row) -> str:
    return f"{row.status} (known)" if row.known_failure else str(row.status)


def _object(one: JudgedAgain) -> dict[str, Any]:
    names = {name: getattr(one.before, name) for name in ABOUT}
    after = one.after.payload()
    return {
        **names,
        "old_status": str(one.before.status),
        **{name: after[name] for name in ("status", "reason", "rule", "atol", "rtol", "near_tie")},
        "known_failure": one.after.known_failure,
        "undecided": one.undecided,
    }
