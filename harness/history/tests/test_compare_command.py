"""`parity compare` on ten runs, of which the last is not as the others."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.history.compared_documents import as_markdown, as_page
from harness.history.comparison import RunComparison, compare_runs
from harness.history.history import History
from harness.history.sources import run_named, side_of
from harness.results.row import Row
from harness.results.status import NOT_RUN, Status
from harness.testing.fixtures import RunCommand
from harness.testing.sample_history import add_night
from harness.testing.sample_rows import make_row

HOSTILE = "<b>*a*_|\x1b"


def good(image: str, **fields: object) -> Row:
    return make_row(**{"image": image, "divergence": 1e-8, "near_tie": 1e-6, **fields})


def bad(image: str, reason: str = "class 1 differs by 0.1", **fields: object) -> Row:
    return good(image, **{"status": Status.MISMATCH, "reason": reason, **fields})


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Nine nights alike; in the tenth a row breaks, one recovers, one fails otherwise, …"""
    found = History(tmp_path / "reports" / "history")
    for number in range(9):
        rows = [good("broken"), bad("recovered"), bad("other"), good("far"), good("filtered")]
        add_night(found, number, *rows, whole_cases=("c",))
    tenth = [
        bad("broken", f"the candidate gives {HOSTILE}"),
        good("recovered"),
        bad("other", "it died", status=Status.CRASHED),
        good("far", divergence=1e-3),
        make_row(image="filtered", status=Status.NO_EVIDENCE, reason=NOT_RUN),
    ]
    add_night(found, 9, *tenth, whole_cases=("c",))
    return found


def compared(history: History, old: str, new: str) -> RunComparison:
    return compare_runs(side_of(*run_named(history, old)), side_of(*run_named(history, new)))


def test_the_broken_the_recovered_and_the_one_that_fails_otherwise_are_named(
    history: History, parity: RunCommand
) -> None:
    done = parity("compare", "previous", "latest", env={"COLUMNS": "200"})
    assert done.returncode == 1, done.stderr
    headline, *lines = done.stdout.splitlines()
    assert "1 regressed, 1 fail for another reason, 1 improved, 1 moved" in headline
    assert any("c broken relay graph: match → mismatch" in line for line in lines)
    assert any("c recovered relay graph: mismatch → match" in line for line in lines)
    assert any("c other relay graph: mismatch → crashed" in line for line in lines)
    assert any("c far relay graph: +1e-08 → +0.001" in line for line in lines)
    assert any("c filtered relay graph: match" in line for line in lines)
    assert "Vanished" not in done.stdout
    assert "\x1b" not in done.stdout


def test_json_has_the_form_of_every_command(history: History, parity: RunCommand) -> None:
    done = parity("compare", "latest", "20260101", "--json")
    assert done.returncode == 1  # backwards the recovered row regresses
    found = json.loads(done.stdout)
    changes = {one["image"]: one["change"] for one in found}
    assert changes == {
        "recovered": "regression",
        "broken": "improvement",
        "other": "cause changed",
        "far": "divergence moved",
        "filtered": "not run before",
    }
    assert found[0]["old_status"] == "match"


def test_runs_alike_exit_with_0(history: History, parity: RunCommand) -> None:
    done = parity("compare", "20260108", "previous", "--format", "markdown")
    assert (done.returncode, "nothing changed" in done.stdout) == (0, True)


def test_runs_without_a_common_row_were_not_compared(tmp_path: Path, parity: RunCommand) -> None:
    history = History(tmp_path / "reports" / "history")
    add_night(history, 0, good("a.jpg", case="one"), whole_cases=("one",))
    add_night(history, 1, good("b.jpg", case="two"), whole_cases=("two",))
    done = parity("compare", "previous", "latest")
    assert done.returncode == 1
    assert "no row is in both, so nothing was compared" in " ".join(done.stdout.split())


def test_a_history_without_runs_says_so(tmp_path: Path, parity: RunCommand) -> None:
    done = parity("history", "runs")
    assert done.returncode == 0, done.stderr
    assert "no run is kept here yet" in done.stdout


def test_documents_escape_what_comes_from_outside(history: History) -> None:
    found = compared(history, "previous", "latest")
    markdown, page = as_markdown(found), as_page(found)
    assert r"\<b\>\*a\*\_\|" in markdown
    assert "&lt;b&gt;*a*_|" in page
    for text in (markdown, page):
        assert "<b>" not in text
        assert "\x1b" not in text
    assert "### Regressions: passed, and fail now (1)" in markdown


def test_a_run_that_died_hides_no_row(history: History) -> None:
    add_night(history, 10, good("broken"), whole_cases=None, finished=None)
    found = compared(history, "previous", "20260111")
    assert not found.vanished
    assert len(found.not_run_now) == 4
    assert run_named(history, "latest")[0].run_id.startswith("20260110")  # it ended


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("20260199", "20260199.; expected latest"),
        ("2026", "10 runs begin so"),
        ("", "no run is called"),
    ],
)
def test_a_word_that_names_no_run_is_refused(history: History, word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run_named(history, word)


def test_a_history_of_one_run_has_no_previous(tmp_path: Path) -> None:
    history = History(tmp_path)
    add_night(history, 0, good("a"))
    with pytest.raises(UsageError, match="there is no previous one"):
        run_named(history, "previous")
