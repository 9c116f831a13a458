"""docs/sweep.md lists the columns of a sweep."""

import re

from harness.sweep.columns import SWEEP_SCHEMA_VERSION, meanings
from harness.sweep.part_schema import part_schema
from harness.testing.fixtures import ROOT

TEXT = (ROOT / "docs" / "sweep.md").read_text(encoding="utf-8")


def test_every_column_stands_there_with_its_meaning_in_the_order_of_the_parts() -> None:
    expected = [(name, " ".join(text.split())) for name, text in meanings().items()]
    assert re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT, re.MULTILINE) == expected
    assert part_schema().names == [name for name, _ in expected]
    assert f"Columns, version {SWEEP_SCHEMA_VERSION}:" in TEXT
