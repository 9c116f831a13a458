"""docs/robustness.md quotes the bounds as the code declares them."""

import importlib
import re
from typing import Any

import pytest
from pydantic import BaseModel

from harness.testing.fixtures import ROOT

TEXT = (ROOT / "docs" / "robustness.md").read_text("utf-8")
QUOTED = re.findall(r"^\| `(harness[\w/]+)\.py` `([\w.]+)` \| ([\d.]+) \|", TEXT, re.MULTILINE)


def _declared(file: str, name: str) -> Any:
    """The value of a constant of a module, or the default of a field of a section."""
    module = importlib.import_module(file.replace("/", "."))
    owner, _, field = name.rpartition(".")
    if not owner:
        return getattr(module, name)
    section: type[BaseModel] = getattr(module, owner)
    return section.model_fields[field].default


@pytest.mark.parametrize(("file", "name", "value"), QUOTED)
def test_a_bound_is_quoted_as_it_is_declared(file: str, name: str, value: str) -> None:
    assert str(_declared(file, name)) == value


def test_bounds_are_found() -> None:
    assert len(QUOTED) > 20


def test_every_module_of_the_campaign_with_faults_is_listed() -> None:
    folder = ROOT / "harness" / "testing" / "campaign"
    with_tables = {
        path.name
        for path in folder.glob("*.py")
        if re.search(r"^(FAULTS|PICTURES|TOP)\b", path.read_text("utf-8"), re.MULTILINE)
    }
    assert with_tables == set(re.findall(r"`harness/testing/campaign/(\w+\.py)`", TEXT)) - {
        "server.py"
    }
