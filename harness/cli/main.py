"""The `parity` command: its subcommands and what each takes. The work is in a module each."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from harness import __version__
from harness.cli import (
    again_commands,
    cache_commands,
    environment_commands,
    history_commands,
    listing_commands,
    locate_commands,
    prove_command,
    streams,
    sweep_command,
)
from harness.cli.case_options import (
    AsJson,
    Images,
    JudgeOptions,
    LabelOptions,
    ModelOptions,
    PreprocessOptions,
)
from harness.cli.signature import expanded
from harness.cli.terminal import complain, say
from harness.errors import ParityError
from harness.reports.report_format import ReportFormat
from harness.run.settings import Settings
from harness.run.termination import raised_by_signals

app = typer.Typer(
    help="Does the TVM-compiled program still give TensorFlow's answer, and if not, why?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a bug keeps Python's own traceback
)


def _subcommand(command: Callable[..., None]) -> Callable[..., None]:
    return app.command()(expanded(command))


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"parity {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Does the compiled program still give the reference's answer.

    And if not, why?
    """


@_subcommand
def check(
    model: ModelOptions,
    images: Images,
    labels: LabelOptions,
    preprocess: PreprocessOptions,
    judged: JudgeOptions,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Compare one model on some images, without a case file.

    Exit code 0 where every row passes, 1 where one does not, 2 for wrong use.
    """
    from harness.cli import check as comparison
    from harness.cli.typed_case import case_from

    case = case_from(model, images, preprocess, labels, judged)
    raise typer.Exit(comparison.run(case, settings, as_json=as_json))


@_subcommand
def explain(
    model: ModelOptions,
    images: Images,
    labels: LabelOptions,
    preprocess: PreprocessOptions,
    settings: Settings,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="Prove a remedy: decoder=tensorflow, resample=bilinear, …"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which step moved the score: decoder, resize, import or optimisation.

    Exit code 0 where every attribution could be measured, 1 where one could not, 2 for wrong use.
    """
    from harness.cli import explain as explanation
    from harness.cli.typed_case import case_from

    case = case_from(model, images, preprocess, labels)
    raise typer.Exit(explanation.run(case, with_ or [], settings, as_json=as_json))


@_subcommand
def bench(
    model: ModelOptions,
    preprocess: PreprocessOptions,
    settings: Settings,
    image: Annotated[
        Path | None, typer.Option(help="Image to run on; without it one is made.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Turns that each program is timed.", min=1)] = 5,
    as_json: AsJson = False,
) -> None:
    """Time each stage and each run of candidates beside the reference, in one table.

    Without --candidate: the usual ones whose stacks are installed here.

    Exit code 0 where every candidate passes, 1 where one does not, 2 for wrong use.
    """
    from harness.cli import bench as benchmark

    raise typer.Exit(benchmark.run(model, preprocess, image, rounds, settings, as_json=as_json))


@_subcommand
def report(
    folders: Annotated[list[Path], typer.Argument(help="Run folders, for example reports/latest.")],
    format_: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="Print the run as this, and write nothing for a single one."),
    ] = None,
) -> None:
    """Write the reports of a run again, or one report of several runs (in a new folder).

    Exit code 0 where all are written, 1 where another package's writer fails, 2 for wrong use or
    where a folder holds no whole journal.
    """
    from harness.cli import report as reports

    raise typer.Exit(reports.run(folders, format_))


@_subcommand
def init(
    model: ModelOptions,
    images: Images,
    labels: LabelOptions,
    preprocess: PreprocessOptions,
    settings: Settings,
    into: Annotated[
        Path | None, typer.Option(help="The case file; by default named as the model, here.")
    ] = None,
) -> None:
    """Write a first case file for a model and images, ready for pytest.

    Exit code 0 where it is written, 2 for wrong use.
    """
    from harness.cli import init as first_case
    from harness.cli.typed_case import case_from

    case = case_from(model, images, preprocess, labels)
    raise typer.Exit(first_case.run(case, into, settings))


app.add_typer(cache_commands.app, name="cache")
app.add_typer(history_commands.app, name="history")
app.command()(history_commands.compare)
app.command()(history_commands.accept)
app.command()(locate_commands.locate)
app.command()(locate_commands.reproduce)
app.command()(locate_commands.bisect_passes)
app.command()(environment_commands.environments)
app.command()(environment_commands.bisect_versions)
app.command()(again_commands.rejudge)
app.command()(again_commands.replay)
app.command()(listing_commands.columns)
app.command()(listing_commands.census)
app.command()(listing_commands.candidates)
app.command()(listing_commands.schema)
app.command()(listing_commands.doctor)
app.command()(prove_command.prove)
app.command()(sweep_command.sweep)


def main() -> None:
    """Entry point of the `parity` command; a user's mistake is one message and exit code 2."""
    try:
        streams.prepare()
        with raised_by_signals(_stopped):
            try:
                app()
            finally:
                sys.stdout.flush()
    except ParityError as error:
        complain(f"error: {error}")
        sys.exit(2)


def _stopped(number: int) -> SystemExit:
    complain("stopped")
    return SystemExit(128 + number)
