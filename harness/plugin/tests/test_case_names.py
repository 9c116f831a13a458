"""Two case files of one stem under pytest."""

from pathlib import Path

import pandas as pd
import pytest

from harness.plugin.tests.conftest import CALM, FAKE, Project
from harness.testing.tiny import write_case


@pytest.mark.parametrize("workers", ["-p no:xdist", "-n 2"])
def test_two_case_files_of_one_stem_keep_their_rows_apart(
    project: Project, tmp_path: Path, workers: str
) -> None:
    for folder, candidate in (("a", CALM), ("b", FAKE.format("shifted"))):
        (tmp_path / folder).mkdir()
        write_case(tmp_path / folder, candidates=(candidate,))
    done, rows = project("a/cases", "b/cases", *workers.split(), case="as written")
    assert set(rows.case) == {"a/cases/tiny", "b/cases/tiny"}, done.stdout
    assert len(rows) == 4
    topk = pd.read_csv(tmp_path / "reports" / "latest" / "topk.csv")
    assert set(topk.case) <= set(rows.case)
