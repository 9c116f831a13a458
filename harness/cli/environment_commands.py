"""`parity environments` and `bisect-versions`: what each takes; the work is in other modules."""

from pathlib import Path
from typing import Annotated

import typer

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

    Exit code 0 where no row fails in any of them, 1 where one does, 2 for wrong use.
    """
    from harness.cli import environments as several

    raise typer.Exit(several.run(cases, tox, settings))
