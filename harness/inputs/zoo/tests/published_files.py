"""Names and places of the zoo model and of the stand-in model it must agree with."""

from pathlib import Path
from typing import Any

import pytest

from harness.testing.tiny import constants

NAME = "efficientnet-lite0"
ROOT = Path(__file__).parents[4]
ASSETS = ROOT.parent / "shared" / "assets"
STANDIN = ASSETS / "seed" / "classify_image_standin.pb"
CASE = ROOT / "cases" / "embedded.toml"


needs_assets = pytest.mark.skipif(
    not STANDIN.is_file(), reason=f"{ASSETS} is absent; it is no part of the project"
)


def class_map(definition: Any, standin: Any) -> list[int]:
    """For each class of the zoo model, the stand-in's class with the same dense-layer column."""
    ours, theirs = (
        next(array for name, array in constants(each) if name.endswith("dense/kernel"))
        for each in (definition, standin)
    )
    columns = {theirs[:, j].tobytes(): j for j in range(theirs.shape[1])}
    return [columns[ours[:, i].tobytes()] for i in range(ours.shape[1])]
