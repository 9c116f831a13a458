"""What a case file says of what there is not: an error under pytest, never a skip."""

from pathlib import Path

import pytest

from harness.plugin.tests.conftest import CALM, FAKE, Project
from harness.testing.tiny import write_case


def test_a_glob_that_matches_nothing_is_no_success(project: Project, tmp_path: Path) -> None:
    write_case(tmp_path, candidates=(CALM,), images=("a.jpg",))
    path = tmp_path / "cases" / "tiny.toml"
    path.write_text(path.read_text().replace("a.jpg", "photos/*.jpg"))
    done, _ = project(case="as written")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert f"path 'photos/*.jpg' matches no file in {path.parent}" in done.stdout
    assert "Traceback" not in done.stdout


MISTAKES = {
    "stack": ("stack = 'fak'", "unknown stack 'fak'; nearest: fake"),
    "image of a known failure": (
        f"{CALM}\n[[known_failures]]\nimage = 'b*'\nreason = 'x'",
        "known_failures.0.image: 'b*' matches none of this case; known: a.jpg",
    ),
    "candidate of a known failure": (
        f"{CALM}\n[[known_failures]]\ncandidate = 'fake-clam'\nreason = 'x'",
        "known_failures.0.candidate: 'fake-clam' matches none of this case; nearest: fake-calm",
    ),
    "image of published scores": (
        f"{CALM}\n[[published]]\nimage = 'a.jpeg'\nside = 'reference'\ntop = [['owl', 0.5]]",
        "published.0.image: 'a.jpeg' matches none of this case; nearest: a.jpg",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_misspelt_name_is_an_error_that_names_what_there_is(
    project: Project, name: str, workers: str
) -> None:
    candidate, words = MISTAKES[name]
    done, _ = project("cases", "-n", workers, candidates=(candidate,))
    assert done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert words in done.stdout
    assert "Traceback" not in done.stdout


def test_a_known_failure_that_passes_is_told_of_and_does_not_fail(project: Project) -> None:
    known = "\n".join(
        f"[[known_failures]]\ncandidate = '{name}'\n{keys}\nreason = '{reason}'"
        for name, keys, reason in (
            ("fake-calm", "scope = 'graph'", "was wrong, issue 7"),
            ("fake-shifted", "", "a shift, issue 8"),
            ("fake-*", "", "both, issue 9"),
        )
    )
    done, _ = project(candidates=(CALM, f"{FAKE.format('shifted')}\n{known}"))
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "stale known failure" in line]
    assert line == (
        "stale known failure, all that it matches passes: cases/tiny, image *, candidate "
        "fake-calm, scope graph: was wrong, issue 7; remove the entry"
    )


@pytest.mark.parametrize("words", [(), ("-n", "1"), ("--collect-only",)])
def test_a_folder_of_reports_that_can_not_be_is_found_before_the_work(
    project: Project, tmp_path: Path, fakes: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    done, _ = project("cases", *words, "--parity-report-dir", "file/reports")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"reports can't be written there: {tmp_path / 'file'} is no folder" in done.stderr
    assert not fakes.read_text()
