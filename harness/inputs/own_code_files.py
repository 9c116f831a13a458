"""Where the user's own code of a candidate lies."""

from pathlib import Path

from harness.cases.asset_sections import Asset
from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.inputs.assets import Assets
from harness.stacks.own_build import PYTHON


def located(candidate: Candidate, assets: Assets) -> Candidate:
    """The candidate with the whole paths of its build function's file and of its module.

    Raises AssetError.
    """
    if candidate.module:
        module = str(_whole(candidate.module, assets))
        return candidate.model_copy(update={"module": module})
    where, _, name = (candidate.build or "").rpartition(":")
    if where.endswith(PYTHON):
        return candidate.model_copy(update={"build": f"{_whole(where, assets)}:{name}"})
    return candidate


def located_case(case: Case, assets: Assets) -> Case:
    """The case with `located` candidates; raises AssetError."""
    candidates = tuple(located(one, assets) for one in case.candidates)
    return case.model_copy(update={"candidates": candidates})


def own_file(candidate: Candidate) -> str:
    """The path of the module, or of the build function's file; empty where there is neither."""
    where = (candidate.build or "").rpartition(":")[0]
    return candidate.module or (where if where.endswith(PYTHON) else "")


def _whole(path: str, assets: Assets) -> Path:
    return assets.fetch(Asset(path=path)).resolve()
