"""`parity history`, `compare` and `accept`: what each takes; the work is in other modules."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.case_options import AsJson
from harness.cli.compare_format import CompareFormat
from harness.cli.json_output import print_json
from harness.cli.signature import expanded
from harness.cli.terminal import complain, console, say
from harness.errors import UsageError
from harness.run.settings import DEFAULT_REPORT_DIR, Settings

if TYPE_CHECKING:  # what a subcommand needs is imported by it: `parity --version` needs none
    from harness.history.history import History
    from harness.history.queries import RowHistory

app = typer.Typer(help="Rows over runs, versions and commits.")
Case = Annotated[str | None, typer.Option(help="Case, or a pattern such as '*/nets/*'.")]
Image = Annotated[str | None, typer.Option(help="Image, or a pattern.")]
Candidate = Annotated[str | None, typer.Option(help="Candidate, or a pattern.")]
Scope = Annotated[str | None, typer.Option(help="graph or end_to_end.")]
Last = Annotated[int, typer.Option(help="Newest runs that are shown.", min=1)]


def history_of(settings: Settings) -> "History":
    """The history that the options name, with the runs that died since it was last used."""
    from harness.history.history import history_in
    from harness.history.keeper import keep_dead

    history = history_in(settings.report_dir or Path(DEFAULT_REPORT_DIR), settings.history_dir)
    if history.folder.is_dir():
        history.upgrade()
        keep_dead(history)
    return history


@app.callback(invoke_without_command=True)
@expanded
def history(
    context: typer.Context,
    settings: Settings,
    case: Case = None,
    image: Image = None,
    candidate: Candidate = None,
    scope: Scope = None,
    last: Last = 30,
    as_json: AsJson = False,
) -> None:
    """Show rows over their runs: divergence, status, required tolerance, error ratio and times.

    Exit code 0 where there are rows, 2 where there are none.
    """
    if context.invoked_subcommand:
        return
    from harness.cli import history_tables

    kept, found = _rows(settings, (case, image, candidate, scope), last)
    if as_json:
        print_json(history_tables.objects(found))
    else:
        history_tables.show(kept, found, console())


def _rows(
    settings: Settings, names: tuple[str | None, str | None, str | None, str | None], last: int
) -> "tuple[History, list[RowHistory]]":
    """The history, and the rows of these names or patterns; UsageError where there are none."""
    from harness.cli import history_tables
    from harness.history.queries import RowFilter, row_histories

    case, *others = names
    wanted = RowFilter(case.removesuffix(".toml") if case else None, *others)
    kept = history_of(settings)
    found = row_histories(kept, wanted, last)
    if not found:
        raise UsageError(history_tables.nothing(kept, wanted))
    return kept, found


@app.command()
@expanded
def runs(settings: Settings, last: Last = 30, as_json: AsJson = False) -> None:
    """List the newest runs: when, of what, how many rows ended how, which are incomplete."""
    from harness.cli import history_tables
    from harness.history.run_queries import newest_runs

    kept = history_of(settings)
    found = newest_runs(kept, last)
    if not found and not as_json:
        say(f"{kept.folder}: no run is kept here yet; --history-dir names another folder")
    elif as_json:
        print_json(run.payload() for run in found)
    else:
        history_tables.show_runs(found, console())


@app.command()
@expanded
def drift(
    settings: Settings,
    case: Case = None,
    image: Image = None,
    candidate: Candidate = None,
    scope: Scope = None,
    last: Annotated[int, typer.Option(help="Newest runs of each row.", min=3)] = 100,
    as_json: AsJson = False,
) -> None:
    """Find since when a figure is another, what changed with that run, and which rows are flaky.

    Exit code 0 where there are rows, 2 where there are none.
    """
    from harness.cli import drift_table
    from harness.history.drift import drift_steps, flaky

    found = _rows(settings, (case, image, candidate, scope), last)[1]
    steps = [step for row in found for step in drift_steps(row)]
    rows = [one for row in found if (one := flaky(row))]
    if as_json:
        print_json(drift_table.objects(steps, rows))
    else:
        drift_table.show(steps, rows, console())


@app.command()
@expanded
def add(
    settings: Settings,
    folders: Annotated[list[Path], typer.Argument(help="Run folders, also of older versions.")],
) -> None:
    """Keep runs that ended elsewhere, or before there was a history."""
    from harness.history.importing import add_folder

    kept = history_of(settings)
    for folder in folders:
        run = add_folder(kept, folder)
        say(f"{run.run_id}: {run.rows} rows, {run.state}" if run else f"{folder}: is kept already")
    kept.pack()


@app.command()
@expanded
def prune(
    settings: Settings,
    last: Annotated[int, typer.Option(help="Keep so many of the newest runs.", min=0)] = 0,
    days: Annotated[int, typer.Option(help="Keep every run of so many days.", min=0)] = 0,
    daily: Annotated[int, typer.Option(help="Keep a run a day, of so many days.", min=0)] = 0,
    weekly: Annotated[int, typer.Option(help="Keep a run a week, of so many weeks.", min=0)] = 0,
    monthly: Annotated[int, typer.Option(help="Keep a run a month, of so many months.", min=0)] = 0,
    versions: Annotated[
        int, typer.Option(help="Keep the newest run of so many sets of versions.", min=0)
    ] = 0,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be forgotten.")] = False,
) -> None:
    """Forget the runs that no part of the policy keeps; run folders stay.

    Exit code 0, or 2 where no policy is given.
    """
    from harness.history.policy import Policy, dropped

    policy = Policy(last, days, daily, weekly, monthly, versions)
    if policy.empty:
        raise UsageError(
            "a policy is needed, or every run would be forgotten; give at least one of --last, "
            "--days, --daily, --weekly, --monthly and --versions"
        )
    kept = history_of(settings)
    everything = kept.kept_runs()
    gone = dropped(everything, policy, datetime.now(UTC))
    for run in gone:
        say(f"{'would forget' if dry_run else 'forgot'} {run.run_id} ({run.rows} rows)")
    if gone and not dry_run:
        kept.remove(frozenset(run.run_id for run in gone))
    complain(f"{len(everything) - len(gone)} of {len(everything)} runs are kept")


@expanded
def compare(
    old: Annotated[
        str, typer.Argument(help="A run's id, its folder, latest, previous or baseline.")
    ],
    new: Annotated[str, typer.Argument(help="The run that is held against it.")],
    settings: Settings,
    form: Annotated[
        CompareFormat, typer.Option("--format", help="What is printed.")
    ] = CompareFormat.TEXT,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two runs: statuses, causes, divergences, rows, names, versions.

    Exit code 0 where no row regressed, 1 where one did or no row is in both, 2 for wrong use.
    """
    from harness.cli import compare as comparison

    form = CompareFormat.JSON if as_json else form
    raise typer.Exit(comparison.run(history_of(settings), old, new, form))


@expanded
def accept(
    run: Annotated[str, typer.Argument(help="A run's id, its folder, latest or previous.")],
    settings: Settings,
    root: Annotated[
        Path, typer.Option(help="pytest's root folder, from which cases are named.")
    ] = Path(),
    leave_regressions: Annotated[
        bool, typer.Option("--leave-regressions", help="Not the rows that are worse than expected.")
    ] = False,
) -> None:
    """Expect what a run found: write expected.csv beside its case files, to be committed.

    Exit code 0, or 2 where a file can't be written.
    """
    from harness.history.expectations import accept as write
    from harness.history.sources import run_named, side_of

    found = side_of(*run_named(history_of(settings), run))
    for file in write(root, found, leave_worse=leave_regressions):
        say(f"{file.path}: {file.rows} rows{'' if file.changed else ', as before'}")
