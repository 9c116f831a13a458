"""What a run leaves out of full check: counted beside its rows, and bounded."""

from pathlib import Path

from harness.cli.census import case_files
from harness.plugin.tests.conftest import CALM, FAKE, Project
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_case

ABSENT = "stack = 'absent'"
KNOWN = "\n[[known_failures]]\ncandidate = 'fake-shifted'\nreason = 'a shift, issue 7'\n{}"
SHIFTED = FAKE.format("shifted")
LINE = "2 of 4 comparisons under full check (50.0%); 2 {}"


def test_the_share_under_full_check_stands_beside_the_counts(project: Project) -> None:
    done, _ = project(candidates=(CALM, SHIFTED + KNOWN.format("")))
    assert done.returncode == 0, done.stdout
    assert LINE.format("excused as known failures") in done.stdout.splitlines()


def test_a_known_failure_fails_again_after_its_end_and_says_so(project: Project) -> None:
    known = KNOWN.format("until = '2020-01-01'")
    done, rows = project(candidates=(CALM, SHIFTED + known))
    assert done.returncode == 1
    shifted = rows[rows.candidate == "fake-shifted"]
    assert shifted.known_failure.isna().all()
    assert shifted.notes.str.contains("it was excused until 2020-01-01").all()


def test_a_known_failure_fails_beyond_its_bound(project: Project) -> None:
    done, rows = project(candidates=(SHIFTED + KNOWN.format("max_abs = 0.0001"),))
    assert done.returncode == 1
    assert rows.notes.str.contains("excused up to |Δ| 0.0001, and |Δ| is", regex=False).all()
    done, rows = project(candidates=(SHIFTED + KNOWN.format("max_abs = 1"),))
    assert done.returncode == 0, done.stdout
    assert (rows.known_failure == "a shift, issue 7").all()


def test_more_than_the_bound_fails_a_run_in_which_no_row_fails(project: Project) -> None:
    candidates = (CALM, ABSENT)
    done, _ = project("cases", "--parity-max-unchecked=50", candidates=candidates)
    assert done.returncode == 0, done.stdout
    done, _ = project("cases", "--parity-max-unchecked=49", candidates=candidates)
    assert done.returncode == 1
    assert "50% of the comparisons are not under full check; at most 49% may be" in done.stdout
    assert LINE.format("skipped") in done.stdout.splitlines()


def test_a_bound_that_is_no_percentage_is_refused(project: Project) -> None:
    done, _ = project("cases", "--parity-max-unchecked=101")
    assert done.returncode == 4
    assert "takes a number from 0 to 100, percent; found '101'" in done.stderr


def test_strict_fails_on_a_skipped_row(project: Project) -> None:
    done, _ = project("cases", candidates=(CALM, ABSENT))
    assert done.returncode == 0, done.stdout
    done, _ = project("cases", "--parity-strict", candidates=(CALM, ABSENT))
    assert done.returncode == 1
    assert "strict: 2 of 4 rows were skipped" in done.stdout


def test_the_report_lists_what_is_not_under_full_check(project: Project, tmp_path: Path) -> None:
    project(candidates=(CALM, SHIFTED + KNOWN.format("since = 2026-11-01")))
    page = (tmp_path / "reports" / "latest" / "report.html").read_text()
    section = page[page.index('id="h-census"') :]
    assert LINE.format("excused as known failures") in page[: page.index('id="h-summary"')]
    assert "a shift, issue 7" in section[: section.index("</table>")]


def test_census_counts_without_running_anything(
    tmp_path: Path, fakes: Path, parity: RunCommand
) -> None:
    write_case(tmp_path, candidates=(CALM, SHIFTED + KNOWN.format("")))
    done = parity("census", ".")
    assert done.returncode == 0, done.stderr
    assert LINE.format("excused as known failures") in done.stdout.splitlines()
    assert "known failure: cases/tiny, image *, candidate fake-shifted" in done.stdout
    assert fakes.read_text() == "", "no candidate was built"


def test_census_of_no_case_file_is_wrong_use(tmp_path: Path, parity: RunCommand) -> None:
    done = parity("census", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no case file in ." in done.stderr
    done = parity("census", "absent.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "absent.toml is neither a case file nor a folder" in done.stderr


def test_of_a_folder_its_cases_count_as_pytest_collects_them(tmp_path: Path) -> None:
    path = write_case(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    assert case_files([tmp_path, path]) == [path.resolve()]
