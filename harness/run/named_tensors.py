"""The tensors that a case file names are looked for while the case is planned, before any work."""

from functools import lru_cache
from pathlib import Path

from harness.cases.asset_sections import ModelSource
from harness.errors import AssetError, CaseError, GraphError
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import MAX_MODEL_BYTES, parse
from harness.inputs.assets import Assets


def check_named_tensors(name: str, model: ModelSource, assets: Assets) -> None:
    """Raise CaseError where the model's file has no such input, or no such output.

    Only of a file that lies here: nothing is downloaded or made while a case is planned. A file
    that can't be read becomes the status of the rows that need it.
    """
    if (model.input is None and model.output is None) or model.url or model.zoo:
        return
    try:
        path = assets.fetch(model)
        modified = path.stat().st_mtime_ns
    except (AssetError, OSError):
        return
    if problem := _problem(path, modified, model.input, model.output):
        raise CaseError(f"{name}: {path}: {problem}")


@lru_cache(maxsize=64)
def _problem(path: Path, _modified: int, entry: str | None, output: str | None) -> str:
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            return ""
        graph = parse(path.read_bytes())
    except (GraphError, OSError):
        return ""
    try:
        if entry is not None:
            find_input(graph, entry)
        if output is not None:
            find_output(graph, output)
    except GraphError as error:
        return str(error)
    return ""
