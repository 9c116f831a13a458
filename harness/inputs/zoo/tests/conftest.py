"""Fixtures: the zoo model, its labels, and the stand-in model with the same weights."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cases import case_file
from harness.graphdef.parse import parse
from harness.inputs.packages import listed
from harness.inputs.zoo import efficientnet_lite
from harness.inputs.zoo import models as zoo
from harness.inputs.zoo.tests.published_files import CASE, NAME, STANDIN


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the zoo model."""
    return zoo.make(NAME, tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="session")
def definition(model: Path) -> Any:
    """The GraphDef of the zoo model."""
    return parse(model.read_bytes())


@pytest.fixture(scope="session")
def names() -> list[str]:
    """English names of its classes, as the package of labels gives them."""
    labels = case_file.load(CASE).labels
    assert labels
    assert labels.names
    ((_, path),) = listed(str(labels.names.package), str(labels.names.file))
    found = json.loads(path.read_text(encoding="utf-8"))
    return [found[str(index)] for index in range(efficientnet_lite.CLASSES)]


@pytest.fixture(scope="session")
def standin() -> Any:
    """The GraphDef of the stand-in."""
    return parse(STANDIN.read_bytes())
