"""A pytest run is held against expected.csv; its output ends with what accepts the rest."""

from pathlib import Path

from harness.plugin.tests.conftest import CALM, Project
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_case


def test_a_run_is_accepted_held_to_it_and_accepted_anew(
    project: Project, parity: RunCommand, tmp_path: Path
) -> None:
    done, _ = project()
    assert "parity accept" not in done.stdout  # the project expects nothing
    assert parity("accept", "latest").returncode == 0
    expected = tmp_path / "cases" / "expected.csv"
    assert len(expected.read_text().splitlines()) == 3
    write_case(tmp_path, candidates=(CALM, CALM.replace("calm", "remark")))
    done, _ = project("cases", "--parity-strict", case="")
    assert done.returncode == 1
    assert "expected otherwise: Appeared (2)" in done.stdout
    command = done.stdout.rstrip().splitlines()[-1].split()
    assert command[:2] == ["parity", "accept"]
    assert parity(*command[1:]).returncode == 0
    assert len(expected.read_text().splitlines()) == 5
    expected.write_text(expected.read_text().replace("calm,graph,match", "calm,graph,tie"))
    done, _ = project("cases", case="")
    assert done.returncode == 0  # reported, no more
    assert "a.jpg fake-calm graph: tie → match" in done.stdout


def test_a_row_that_is_worse_is_named_and_left_out(
    project: Project, parity: RunCommand, tmp_path: Path
) -> None:
    project()
    assert parity("accept", "latest").returncode == 0
    expected = tmp_path / "cases" / "expected.csv"
    before = expected.read_text()
    write_case(tmp_path, candidates=(CALM.replace("calm", "shifted"),))
    renamed = before.replace("fake-calm", "fake-shifted")
    expected.write_text(renamed)
    done, _ = project("cases", case="")
    assert done.returncode == 1
    assert "expected otherwise: Regressions: passed, and fail now" in done.stdout
    assert "a.jpg fake-shifted graph: match → mismatch" in done.stdout


def test_a_damaged_file_fails_the_run_and_says_why(project: Project, tmp_path: Path) -> None:
    write_case(tmp_path, candidates=(CALM,))
    (tmp_path / "cases" / "expected.csv").write_text("case\nx\n")
    done, rows = project("cases", case="")
    assert (done.returncode, len(rows)) == (1, 2)
    assert "restore the committed file" in done.stdout
