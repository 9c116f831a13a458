"""What a case file says for its readers is shown to them."""

import json
from pathlib import Path

import pandas as pd
import pytest

from harness.plugin.tests.conftest import CALM, Project
from harness.testing.fixtures import RunCommand

DESCRIPTION = "Two owls <b>& a rocket</b>"
PUBLISHED = (
    "[[published]]\nimage = 'a.jpg'\nside = 'reference'\ntop = [['owl', 0.5], ['cat', 0.25]]\n"
    "source = 'tutorial, page 3'"
)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_its_description_and_the_source_of_published_scores(
    project: Project, parity: RunCommand, tmp_path: Path, workers: str
) -> None:
    done, _ = project(
        "cases", "-n", workers, top=f"description = '{DESCRIPTION}'",
        candidates=(f"{CALM}\n{PUBLISHED}",),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    folder = tmp_path / "reports" / "latest"
    assert json.loads((folder / "run.json").read_text())["cases"] == {"cases/tiny": DESCRIPTION}
    assert list(pd.read_csv(folder / "published.csv").source) == ["tutorial, page 3"] * 2
    assert parity("report", "reports/latest").returncode == 0
    page = (folder / "report.html").read_text()
    assert "Two owls &lt;b&gt;&amp; a rocket&lt;/b&gt;" in page
    assert "published in: tutorial, page 3" in page
    if workers == "0":  # the controller of xdist collects nothing
        assert f"parity: cases/tiny: {DESCRIPTION}" in done.stdout
