"""`parity environments` and `bisect-versions`: what each takes; the work is in other modules."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cases.scope import SCOPES
from harness.cli.case_options import AsJson, Scopes
from harness.cli.signature import expanded
from harness.run.settings import Settings

CaseFiles = Annotated[
    list[Path], typer.Argument(help="Case files, or folders that have them in folders `cases`.")
]


@expanded
def environments(
    cases: CaseFiles,
    tox: Annotated[
        list[str], typer.Option(help="Environment of the tox.ini here; repeatable, in this order.")
    ],
    settings: Settings,
) -> None:
    """Run case files in several environments of tox, and write one report of all of them.

    Exit code 0 where no row fails in any of them, 1 where one does or nothing is compared, 2 for
    wrong use.
    """
    from harness.cli import environments as several

    raise typer.Exit(several.run(cases, tox, settings))


@expanded
def bisect_versions(
    case: Annotated[Path, typer.Argument(help="Case file.", metavar="CASE")],
    package: Annotated[str, typer.Option(help="Package whose release is looked for.")],
    good: Annotated[str, typer.Option(help="A release whose rows are right.")],
    bad: Annotated[str, typer.Option(help="A later one (or earlier) with which they are not.")],
    settings: Settings,
    row: Annotated[
        str | None,
        typer.Option(help="Only this comparison, by the end of its node id; by default all."),
    ] = None,
    scope: Scopes = None,
    versions: Annotated[
        str | None,
        typer.Option(help="Releases, separated by commas; else those that the index lists."),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="Requirement of every environment, such as numpy==2.1.0."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Name the release of a package that moved a row, in few environments made by uv.

    Exit code 0 where one release is named, 1 where none is, 2 for wrong use.
    """
    from harness.cli import bisect_versions as bisection
    from harness.cli.rejudge import scope_named

    asked = bisection.SearchWords(package, good, bad, versions or "", tuple(with_ or ()))
    scopes = tuple(scope_named(word) for word in scope or SCOPES)
    code = bisection.run(case, asked, row or "", scopes, settings, as_json=as_json)
    raise typer.Exit(code)
