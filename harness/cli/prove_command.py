"""`parity prove`: its arguments. The work is in `harness.proof`."""

from pathlib import Path
from typing import Annotated

import typer


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
    rewrite: Annotated[
        list[str] | None, typer.Option(help="Equal rewrite to try; by default every one.")
    ] = None,
    candidate: Annotated[
        list[str] | None,
        typer.Option(help="Each graph is compiled as each; by default as an installed one."),
    ] = None,
    into: Annotated[
        Path, typer.Option(help="File for the tables; their rows go beside it, as CSV.")
    ] = Path("proof.md"),
    earlier: Annotated[
        list[Path] | None,
        typer.Option("--with", help="CSV of an earlier run, whose rows the tables hold too."),
    ] = None,
) -> None:
    """Plant faults in models and show which are found, and which clean rows fail.

    Equal rewrites of the models are tried as well, and must pass. Exit code 0 where every fault
    beyond ten times the noise and 95 % of those beyond five are found and nothing else fails, 1
    otherwise, 2 for wrong use.
    """
    from harness.proof.proof import prove_and_write
    from harness.proof.request import checked

    words = (models or [], photo, clean_photo or [], candidate or [], kind or [], rewrite or [])
    raise typer.Exit(prove_and_write(checked(*words, per_kind, into, earlier or [])))
