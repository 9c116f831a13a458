"""`parity prove`: its arguments. The work is in `harness.proof`."""

from pathlib import Path
from typing import Annotated

import typer


def prove(
    models: Annotated[
        list[Path] | None,
        typer.Argument(help="Frozen GraphDefs to plant faults in, beside a small one."),
    ] = None,
    photo: Annotated[
        list[Path] | None, typer.Option(help="Photo, or folder of them, that faults are tried on.")
    ] = None,
    clean_photo: Annotated[
        list[Path] | None, typer.Option(help="Further photo, or folder of them, for healthy rows.")
    ] = None,
    per_kind: Annotated[int, typer.Option(help="Places a kind and model.", min=1)] = 1,
    kind: Annotated[
        list[str] | None, typer.Option(help="Kind of fault, or none; by default every one.")
    ] = None,
    times: Annotated[
        list[float] | None,
        typer.Option(help="Make faults that move truth by so many times the noise."),
    ] = None,
    rewrite: Annotated[
        list[str] | None, typer.Option(help="Equal rewrite, or none; by default every one.")
    ] = None,
    candidate: Annotated[
        list[str] | None,
        typer.Option(help="How every graph is compiled; by default the usual one here."),
    ] = None,
    locate: Annotated[
        bool, typer.Option("--locate", help="name the node behind each fault that is found.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(help="Folder of results: those it has are not made again, all are shown."),
    ] = None,
    into: Annotated[Path, typer.Option(help="File for the tables.")] = Path("proof.md"),
) -> None:
    """Plant faults in models and show which are found, and which healthy rows fail.

    Healthy are the models themselves and equal rewrites of them. Without a photo nothing is run,
    and the tables are those of the folder --keep.

    Exit code 0 where every fault beyond 10 times the noise is found, 95 % of those beyond 5, and no
    healthy row fails; 1 otherwise, 2 for wrong use.
    """
    from harness.proof.proof import prove_and_write
    from harness.proof.request import ProofWords, checked

    words = ProofWords(
        models=models or [],
        photos=photo or [],
        clean_photos=clean_photo or [],
        candidates=candidate or [],
        kinds=kind or [],
        rewrites=rewrite or [],
        per_kind=per_kind,
        times=times or [],
        locate=locate,
        keep=keep,
        into=into,
    )
    raise typer.Exit(prove_and_write(checked(words)))
