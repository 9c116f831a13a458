"""`parity locate`, `reproduce` and `bisect-passes`: what each takes; the work is elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.case_options import (
    AsJson,
    Images,
    JudgeOptions,
    ModelOptions,
    PreprocessOptions,
)
from harness.cli.signature import expanded
from harness.run.settings import Settings

OneImage = Annotated[Path, typer.Argument(help="Image file.", metavar="IMAGE")]


@expanded
def locate(
    model: ModelOptions,
    images: Images,
    preprocess: PreprocessOptions,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Name the nodes that the candidate computes wrong, each kernel held against float64.

    Exit code 0 where rounding explains every kernel, 1 where it does not, 2 for wrong use.
    """
    from harness.cli import locate as localising
    from harness.cli.typed_case import case_from

    case = case_from(model, images, preprocess, judged=JudgeOptions(scope=["graph"]))
    raise typer.Exit(localising.run(case, settings, as_json=as_json))


@expanded
def reproduce(
    model: ModelOptions,
    image: OneImage,
    preprocess: PreprocessOptions,
    settings: Settings,
    into: Annotated[
        Path | None, typer.Option(help="New folder; by default reproduce-CANDIDATE, here.")
    ] = None,
    node: Annotated[
        str | None, typer.Option(help="Node to reproduce; by default the one that errs most.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the fault of a candidate as a folder that shows it with TVM and NumPy alone.

    In place of MODEL and IMAGE it takes a run and the number of a row in rows.csv, as replay does.

    Exit code 0 where each of three runs of its script shows the fault, 1 where one does not or
    there is none, 2 for wrong use.
    """
    from harness.cli import reproduce as reproduction
    from harness.cli.typed_case import case_from

    if _is_row(model.model, image):
        row = str(image)
        code = reproduction.run_row(model.model, row, into, node, settings, as_json=as_json)
        raise typer.Exit(code)
    case = case_from(model, [image], preprocess, judged=JudgeOptions(scope=["graph"]))
    raise typer.Exit(reproduction.run_case(case, into, node, settings, as_json=as_json))


def _is_row(model: str, image: Path) -> bool:
    """Whether the two arguments name a run and a row of it: neither is a file or looks so."""
    is_model = model.startswith("zoo:") or model.endswith(".pb") or Path(model).is_file()
    return not (is_model or image.is_file())


@expanded
def bisect_passes(
    model: ModelOptions,
    image: OneImage,
    preprocess: PreprocessOptions,
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """Name the application of a compiler's pass that makes a candidate's scores wrong.

    Exit code 0 where one application is named, 1 where none is, 2 for wrong use.
    """
    from harness.cli import bisect_passes as bisection
    from harness.cli.typed_case import case_from

    case = case_from(model, [image], preprocess, judged=JudgeOptions(scope=["graph"]))
    raise typer.Exit(bisection.run(case, settings, as_json=as_json))
