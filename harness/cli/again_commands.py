"""`parity rejudge` and `replay`: what each takes; the work is in other modules."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cases.scope import SCOPES
from harness.cli.case_options import AsJson, Scopes
from harness.cli.history_commands import history_of
from harness.cli.signature import expanded
from harness.run.settings import Settings

Run = Annotated[str, typer.Argument(help="A run's id, its folder, latest or previous.")]


@expanded
def rejudge(
    run: Run,
    settings: Settings,
    atol: Annotated[
        str | None, typer.Option(help="Absolute tolerance, or auto; needs --scope.")
    ] = None,
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance; needs --scope.")] = None,
    near_tie: Annotated[
        float | None,
        typer.Option(help="Score gap up to which classes may change places; needs --scope."),
    ] = None,
    k: Annotated[int | None, typer.Option("-k", "--top", help="Top classes to compare.")] = None,
    scope: Scopes = None,
    case: Annotated[
        list[Path] | None,
        typer.Option(help="Case file whose tolerance, k and known failures apply to its rows."),
    ] = None,
    root: Annotated[
        Path, typer.Option(help="pytest's root folder, from which cases are named.")
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Judge a run's scores by other limits, without inference, and say which verdicts change.

    Exit code 0 where no more rows fail, 1 where a row that did not fail does, 2 for wrong use.
    """
    from harness.cli import rejudge as judging
    from harness.run.rejudge import OtherRule

    chosen = tuple(judging.scope_named(word) for word in scope or SCOPES)
    cases = judging.cases_of(case or (), root)
    rule = OtherRule(judging.atol_from(atol), rtol, near_tie, k, chosen, cases)
    raise typer.Exit(judging.run(history_of(settings), run, rule, as_json=as_json))


@expanded
def replay(
    run: Run,
    row: Annotated[str, typer.Argument(help="Number of a row in rows.csv, or its node id.")],
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Run one comparison of a run again and say whether the scores have the same bits.

    Exit code 0 where bits and statuses are the same, 1 where not, 2 for wrong use.
    """
    from harness.cli import replay as repetition

    raise typer.Exit(repetition.run(history_of(settings), run, row, settings, as_json=as_json))
