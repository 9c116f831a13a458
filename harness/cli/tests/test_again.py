"""`parity rejudge` and `parity replay` on a run of the fake programs."""

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.errors import UsageError
from harness.reports.stored_run import read
from harness.results import journal
from harness.results.capture import decoded, encoded
from harness.run.replay import results_of
from harness.testing.fixtures import FAKES, ROOT, RunCommand, call_pytest
from harness.testing.tiny import write_case, write_image

TARGETS = ("calm", "louder", "abort-run")
REFERENCE = "--parity-reference=fake-reference"
LOUDER = "cases/embedded::a.jpg[fake-louder]"


def run_in(folder: Path, run_pytest: RunCommand, *words: str, **options: Any) -> Path:
    """A project whose one run is in reports/latest: three candidates on one image."""
    candidates = [f"stack = 'fake'\ntarget = '{target}'" for target in TARGETS]
    write_case(folder, candidates=candidates, name="embedded")
    run_pytest("cases", REFERENCE, "-pharness.plugin", *words, cwd=folder, **options)
    assert (folder / "reports" / "latest" / "rows.csv").is_file()
    return folder


@pytest.fixture
def project(fakes: Path, tmp_path: Path, run_pytest: RunCommand) -> Path:
    """A project of the test's own."""
    return run_in(tmp_path, run_pytest)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project for the tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("run")
    environment = {"PYTHONPATH": os.pathsep.join([str(FAKES), str(ROOT)])}
    environment |= {"PARITY_FAKE_LOG": str(folder / "log"), "PARITY_CACHE": str(folder / "cache")}
    return run_in(folder, call_pytest, env=environment)


@pytest.fixture
def again(one_run: Path, fakes: Path, parity: RunCommand) -> RunCommand:
    """Runs `parity` in that project."""
    return partial(parity, cwd=one_run)


def tamper(project: Path, **columns: str) -> None:
    """Replace the candidate's kept scores of every compared row by others, or other columns."""
    folder = project / "reports" / "latest"
    results = []
    for result in read(folder)[1]:
        capture = result.capture
        if capture and capture.scores:
            other = decoded(capture.scores.candidate)
            other[2] *= 1 + 2.0**-20
            scores = capture.scores.model_copy(update={"candidate": encoded(other)})
            capture = capture.model_copy(update={"scores": scores})
        row = result.row.model_copy(update=columns)
        results.append(result.model_copy(update={"capture": capture, "row": row}))
    journal.write(folder.resolve() / journal.NAME, results)


def test_rejudge_prints_what_changes_and_counts_the_rest(again: RunCommand) -> None:
    done = again("rejudge", "latest")
    assert done.returncode == 0, done.stderr
    assert "verdicts that change: 0 of 4" in done.stdout
    assert "not judged again, because nothing was compared: 2" in done.stdout

    done = again("rejudge", "latest", "--scope", "graph", "--atol", "0.02")
    assert done.returncode == 0, done.stderr
    assert "verdicts that change: 1 of 2" in done.stdout
    assert "cases/embedded a.jpg fake-louder graph\n  mismatch → match\n" in done.stdout

    done = again("rejudge", "latest", "--scope", "end_to_end", "--atol", "1e-9", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [(one["candidate"], one["old_status"], one["status"]) for one in found] == [
        ("fake-calm", "match", "mismatch"),
        ("fake-louder", "match", "mismatch"),
    ]


def test_the_commands_of_the_readme_run(again: RunCommand) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^parity ((?:rejudge|replay) .*)$", readme, re.MULTILINE)
    assert len(commands) >= 3
    for command in commands:
        done = again(*command.split())
        assert done.returncode == 0, done.stderr
        assert "verdicts that change: 0 of" in done.stdout or "same bits" in done.stdout


def test_rejudge_by_an_edited_case_file(project: Path, parity: RunCommand) -> None:
    case = project / "cases" / "embedded.toml"
    known = "[[known_failures]]\ncandidate = '*louder'\nreason = 'issue 7'\n"
    case.write_text(case.read_text() + known)
    done = parity("rejudge", "latest", "--case", "cases/embedded.toml")
    assert done.returncode == 0, done.stderr
    assert "mismatch → mismatch (known)" in done.stdout


def test_wrong_limits_are_wrong_use(again: RunCommand) -> None:
    for words, says in {
        ("--atol", "0.1"): "--scope graph or --scope end_to_end",
        ("--atol", "much", "--scope", "graph"): "--atol takes a number or auto; found 'much'",
        ("--scope", "both"): "--scope takes graph or end_to_end; found 'both'",
        ("--case", "cases/none.toml"): "none.toml: can't be read",
    }.items():
        done = again("rejudge", "latest", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def test_a_run_without_scores_says_how_to_keep_them(
    fakes: Path, tmp_path: Path, parity: RunCommand, run_pytest: RunCommand
) -> None:
    project = run_in(tmp_path, run_pytest, "--parity-keep-scores=0")
    assert not (project / "reports" / "latest" / "scores.parquet").exists()
    for words in (("rejudge", "latest"), ("replay", "latest", "1")):
        done = parity(*words)
        assert done.returncode == 2
        assert "--parity-keep-scores" in done.stderr


def test_scores_parquet_has_the_vectors(one_run: Path) -> None:
    folder = one_run / "reports" / "latest"
    table: Any = pd.read_parquet(folder / "scores.parquet")
    rows = pd.read_csv(folder / "rows.csv").query("classes > 0").reset_index()
    largest = [
        abs(line.candidate_scores - line.reference_scores).max() for line in table.itertuples()
    ]
    assert largest == pytest.approx(list(rows.max_abs))


def test_replay_gives_the_same_bits(again: RunCommand, one_run: Path) -> None:
    done = again("replay", "latest", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cases/embedded::a.jpg[fake-calm]\nas in run ")
    assert done.stdout.count("all 10 scores have the same bits") == 4
    assert "graph: the same to the bit" in done.stdout
    results = read(one_run / "reports" / "latest")[1]
    assert results_of(results, LOUDER) == results_of(results, "a.jpg[fake-louder]") == results[2:4]


def test_replay_finds_other_bits(project: Path, parity: RunCommand) -> None:
    tamper(project, candidate_version="0.9")
    done = parity("replay", "latest", LOUDER, "--json")
    assert done.returncode == 1
    graph, whole = json.loads(done.stdout)
    for one in (graph, whole):
        assert (one["same"], one["reference_differing"], one["candidate_differing"]) == (
            False,
            0,
            1,
        )
        assert 0 < one["candidate_largest_difference"] < 1e-6
    shown = parity("replay", "latest", LOUDER).stdout
    assert "candidate: 1 of 10 scores have other bits, largest difference" in shown
    assert "candidate_version: 0.9 → 1.0" in shown


def test_replay_runs_a_crash_again(again: RunCommand) -> None:
    done = again("replay", "latest", "a.jpg[fake-abort-run]")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("status: crashed, as before") == 2, done.stdout
    assert "LLVM ERROR" in " ".join(done.stdout.split())


def test_replay_refuses_another_file(project: Path, parity: RunCommand) -> None:
    write_image(project / "cases" / "a.jpg", seed=9)
    done = parity("replay", "latest", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the image is not the file that the run had: its SHA-256 is" in done.stderr
    (project / "cases" / "a.jpg").unlink()
    assert "it is not there" in parity("replay", "latest", "1").stderr


def test_a_row_that_is_not_there(one_run: Path) -> None:
    results = read(one_run / "reports" / "latest")[1]
    for word, says in {
        "0": "there is no row 0: the run has 6",
        "7": "there is no row 7: the run has 6",
        "a.jpg": "no task is called 'a.jpg'",
        "]": "3 end so",
    }.items():
        with pytest.raises(UsageError, match=re.escape(says)):
            results_of(results, word)


def test_a_run_whose_folder_is_gone(project: Path, parity: RunCommand) -> None:
    folder = (project / "reports" / "latest").resolve()
    folder.rename(project / "moved")
    done = parity("rejudge", folder.name)
    assert done.returncode == 2
    assert "is gone" in done.stderr
    assert parity("rejudge", "moved").returncode == 0
