"""A pytest run keeps itself in the history, and says which cases it ran whole."""

from pathlib import Path

import pytest

from harness.history.history import History
from harness.plugin.tests.conftest import CALM, Project
from harness.testing.tiny import write_case


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["plain", "xdist"])
def test_a_filtered_case_is_not_whole_and_another_is(
    project: Project, tmp_path: Path, words: tuple[str, ...]
) -> None:
    write_case(tmp_path, name="whole", candidates=(CALM,))
    write_case(tmp_path, name="part", candidates=(CALM, CALM.replace("calm", "louder")))
    done, rows = project("cases", "-k", "calm", *words, "--parity-history-dir", "kept", case="")
    assert done.returncode == 0, done.stdout
    (run,) = History(tmp_path / "kept").kept_runs()
    assert (run.rows, run.state, run.exit_status) == (4, "finished", 0)
    assert run.covered_cases == frozenset({"cases/whole"})
    assert set(rows.run_id) == {run.run_id}
    assert not (tmp_path / "reports" / "history").exists()
