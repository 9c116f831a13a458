"""`parity sweep`: what it takes; the work is in `harness.cli.sweep` and `harness.sweep`."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.case_options import (
    AsJson,
    JudgeOptions,
    LabelOptions,
    ModelOptions,
    PreprocessOptions,
)
from harness.cli.signature import expanded
from harness.run.settings import Settings


@expanded
def sweep(
    model: ModelOptions,
    images: Annotated[
        str,
        typer.Option(
            help="Folder, pattern, manifest (.csv or .parquet: path, label) or archive (.tar)."
        ),
    ],
    labels: LabelOptions,
    preprocess: PreprocessOptions,
    judged: JudgeOptions,
    settings: Settings,
    into: Annotated[Path, typer.Option(help="Folder for the tables and the page.")] = Path("sweep"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the folder: run what is not finished.")
    ] = False,
    limit: Annotated[int | None, typer.Option(help="The first images only.", min=1)] = None,
    sample: Annotated[int | None, typer.Option(help="Images drawn at random.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn at random.")] = 0,
    labels_of: Annotated[
        Path | None, typer.Option(help="CSV file of true classes: path, label.")
    ] = None,
    stop_when_decided: Annotated[
        bool,
        typer.Option(
            "--stop-when-decided",
            help="Run the images in random order, until they decide the gates of the case.",
        ),
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler; by default one is started.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Workers that are started; by default one for two cores.", min=1),
    ] = None,
    closer_worst: Annotated[
        int,
        typer.Option(help="Worst matches and ties of each candidate and scope to explain.", min=0),
    ] = 10,
    closer_sample: Annotated[
        int, typer.Option(help="Images drawn at random to explain.", min=0)
    ] = 30,
    as_json: AsJson = False,
) -> None:
    """Run a dataset through both programs: agreement, accuracy and divergence with intervals.

    MODEL is a model file or a case file (.toml), whose own images are then left out.

    Exit code 0 where every gate of the case passes, 1 where one fails, 3 where none fails and one
    is undecided, 2 for wrong use. Without gates a row that fails is 1.
    """
    from harness.cli import sweep as sweeping
    from harness.sweep.request import SweepWords
    from harness.sweep.sources import source_of

    words = SweepWords(
        source_of(images),
        images,
        into,
        limit=limit,
        sample=sample,
        seed=seed,
        labels_of=labels_of,
        worst=closer_worst,
        look_sample=closer_sample,
        resume=resume,
        stop_when_decided=stop_when_decided,
    )
    described = sweeping.described(model, labels, preprocess, judged, settings, words)
    how = sweeping.Scheduling(scheduler, workers)
    raise typer.Exit(sweeping.run(described, settings, words, how, as_json=as_json))
