"""The `parity` command."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness import __version__
from harness.cli import options
from harness.errors import ParityError

if TYPE_CHECKING:
    from harness.cli.check import Request

app = typer.Typer(
    help="Does the TVM-compiled program still give TensorFlow's answer, and if not, why?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a bug keeps Python's own traceback
)


def _user_errors(command: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake: one message, no traceback, exit code 2."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ParityError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2) from error

    return wrapped


def _request(typed: dict[str, Any]) -> "Request":
    """A command's arguments by name; the underscore of `input_` is Python's."""
    from harness.cli.check import Request

    return Request(**{name.removesuffix("_"): value for name, value in typed.items()})


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"parity {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Does the TVM-compiled program still give TensorFlow's answer.

    And if not, why?
    """


@app.command()
@_user_errors
def check(
    model: options.Model,
    images: options.Images,
    labels: options.Labels = None,
    synsets: options.Synsets = None,
    input_: options.Input = None,
    output: options.Output = None,
    candidate: options.Candidates = None,
    candidate_model: options.CandidateModel = None,
    size: options.Size = None,
    resample: options.Resample = "bicubic",
    decoder: options.Decoder = "pillow",
    exif: options.Exif = "ignore",
    mean: options.Mean = "0",
    scale: options.Scale = "1",
    k: Annotated[int, typer.Option("-k", "--top", help="Top classes to compare.", min=1)] = 5,
    atol: Annotated[float | None, typer.Option(help="Scope graph.", min=0)] = None,
    rtol: Annotated[float | None, typer.Option(help="Scope graph.", min=0)] = None,
    end_to_end_atol: Annotated[float | None, typer.Option(help="Scope end_to_end.", min=0)] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="graph or end_to_end; by default both.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds for each of import and build.", min=1)
    ] = None,
    run_timeout: Annotated[float | None, typer.Option(help="Seconds for each run.", min=1)] = None,
    report: Annotated[
        Path | None, typer.Option(help="Also write a run folder (CSV, HTML) below this folder.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the rows as a JSON array, nothing else.")
    ] = False,
) -> None:
    """Compare one model on some images, without a case file.

    Exit code 0 where every row passes, 1 where one does not, 2 for wrong use.
    """
    request = _request(locals())
    from harness.cli import check as checking

    raise typer.Exit(checking.run(request))


@app.command()
@_user_errors
def explain(
    model: options.Model,
    images: options.Images,
    labels: options.Labels = None,
    synsets: options.Synsets = None,
    input_: options.Input = None,
    output: options.Output = None,
    candidate: options.Candidates = None,
    candidate_model: options.CandidateModel = None,
    size: options.Size = None,
    resample: options.Resample = "bicubic",
    decoder: options.Decoder = "pillow",
    exif: options.Exif = "ignore",
    mean: options.Mean = "0",
    scale: options.Scale = "1",
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="Prove a remedy: decoder=tensorflow, resample=bilinear, …"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object an image, each on a line.")
    ] = False,
) -> None:
    """Say which step moved the score: decoder, resize, import or optimisation.

    Exit code 0 where every chain could be measured, 1 where one could not, 2 for wrong use.
    """
    request = _request({name: value for name, value in locals().items() if name != "with_"})
    from harness.cli import explain as explanation

    raise typer.Exit(explanation.run(request, with_ or []))


@app.command()
@_user_errors
def bench(
    model: options.Model,
    image: Annotated[Path | None, typer.Option(help="Image to run on; one is made here.")] = None,
    candidate: options.Candidates = None,
    input_: options.Input = None,
    output: options.Output = None,
    size: options.Size = None,
    mean: options.Mean = "0",
    scale: options.Scale = "1",
    rounds: Annotated[int, typer.Option(help="Turns that each program is timed.", min=1)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead.")] = False,
) -> None:
    """Time each stage and each run of candidates beside TensorFlow, in one table.

    Without --candidate: the usual ones whose stacks are installed here.

    Exit code 0 where every candidate passes, 1 where one does not, 2 for wrong use.
    """
    from harness.cli import bench as benchmark
    from harness.cli.check import Request

    request = Request(
        model=model,
        images=[image] if image else [],
        input=input_,
        output=output,
        candidate=candidate,
        size=size,
        mean=mean,
        scale=scale,
        as_json=as_json,
    )
    raise typer.Exit(benchmark.run(request, rounds))


@app.command()
@_user_errors
def report(
    folders: Annotated[list[Path], typer.Argument(help="Run folders, for example reports/latest.")],
) -> None:
    """Write the reports of a run again, or one report of several runs (in a new folder)."""
    from harness.reports.folder import rewrite

    _, paths = rewrite(folders, sys.argv)
    for path in paths:
        typer.echo(path)


@app.command()
@_user_errors
def prove(
    photo: Annotated[list[Path], typer.Option(help="Photo that faults are tried on.")],
    models: Annotated[
        list[Path] | None,
        typer.Argument(help="Frozen GraphDefs to plant faults in, beside a small one."),
    ] = None,
    clean_photo: Annotated[
        list[Path] | None, typer.Option(help="Further photo for clean rows.")
    ] = None,
    per_kind: Annotated[int, typer.Option(help="Places a kind and model.", min=1)] = 1,
    kind: Annotated[
        list[str] | None, typer.Option(help="Kind of fault; by default every one.")
    ] = None,
    into: Annotated[Path, typer.Option(help="File for the tables.")] = Path("proof.md"),
) -> None:
    """Plant faults in models and show which are found, and which clean rows fail.

    Exit code 0 where every material fault is found and no clean row fails.
    """
    from harness.proof.proof import write

    clean = [*photo, *(clean_photo or [])]
    raise typer.Exit(write(models or [], photo, clean, per_kind, tuple(kind or ()), into))


@app.command()
@_user_errors
def schema() -> None:
    """Print the JSON Schema of a case file."""
    from harness.cases.case import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
@_user_errors
def doctor() -> None:
    """Say what is installed, which stacks and targets work here, what to install for the rest."""
    from harness.cli import doctor as examination

    raise typer.Exit(examination.run())


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        sys.exit(130)


def main() -> None:
    """Entry point of the `parity` command."""
    with _interruptible():
        app()
