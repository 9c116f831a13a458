"""`parity columns`, `census`, `schema` and `doctor`: what prints facts and compares nothing."""

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.case_options import AsJson
from harness.cli.signature import expanded
from harness.cli.terminal import say
from harness.run.settings import Settings


@expanded
def columns(as_json: AsJson = False) -> None:
    """Print name, type, unit and meaning of every column of rows.csv."""
    from harness.cli import columns as meanings

    raise typer.Exit(meanings.run(as_json=as_json))


@expanded
def census(
    cases: Annotated[
        list[Path], typer.Argument(help="Case files, or folders that have them in folders `cases`.")
    ],
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Count what case files leave out of full check: known failures, tolerances, scopes, skips.

    Exit code 0, or 2 for wrong use.
    """
    from harness.cli import census as counting

    raise typer.Exit(counting.run(cases, settings, as_json=as_json))


@expanded
def candidates(
    cases: Annotated[
        list[Path] | None,
        typer.Argument(help="Case files, or folders; without any, the usual candidates."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the candidates that would run here, and why the others would not.

    Exit code 0 where one at least would, 1 where none would, 2 for wrong use.
    """
    from harness.cli import candidates as examination

    raise typer.Exit(examination.run(cases or [], as_json=as_json))


@expanded
def schema() -> None:
    """Print the JSON Schema of a case file."""
    from harness.cases.case import json_schema

    say(json.dumps(json_schema(), indent=2))


@expanded
def doctor(settings: Settings) -> None:
    """Say what is installed, which stacks and targets work here, what to install for the rest."""
    from harness.cli import doctor as examination

    raise typer.Exit(examination.run(settings))
