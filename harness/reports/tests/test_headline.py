"""The verdict over a whole run."""

import pytest

from harness.reports.headline import headline, percent
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.testing.sample_rows import make_row, make_run


def test_nothing_is_never_a_pass() -> None:
    found = headline(make_run(), [])
    assert (found.tone, found.title) == ("failing", "No data to report")


@pytest.mark.parametrize(
    ("statuses", "tone", "title"),
    [
        (["match", "tie"], "passing", "All 2 rows pass"),
        (["match", "mismatch"], "failing", "1 of 2 rows fails"),
        (["no_evidence"], "failing", "1 of 1 row fails"),
        (["missing_asset"], "attention", "Nothing passed"),
        (["match", "no_device"], "attention", "No row fails, but 1 of 2 did not run"),
    ],
)
def test_the_worst_status_sets_the_tone(statuses: list[str], tone: str, title: str) -> None:
    found = headline(make_run(), [make_row(status=status) for status in statuses])
    assert (found.tone, found.title) == (tone, title)


def test_a_known_failure_is_counted_apart_and_does_not_fail() -> None:
    rows = [make_row(), make_row(status=Status.CRASHED, known_failure="issue 41")]
    found = headline(make_run(), rows)
    assert found.tone == "passing"
    assert found.title == "No row fails unexpectedly"
    assert "1 known failure." in found.sentence


def test_known_failures_alone_are_no_pass() -> None:
    rows = [make_row(status=Status.CRASHED, known_failure="issue 41")]
    assert headline(make_run(), rows).tone == "attention"


@pytest.mark.parametrize(
    "run",
    [RunRecord.begin(["parity"]), make_run(2), make_run(1), make_run(remarks=("half a line",))],
)
def test_an_unsound_run_is_not_shown_as_passing(run: RunRecord) -> None:
    found = headline(run, [make_row()])
    assert found.tone == "attention"
    assert found.warnings


def test_an_unsound_part_spoils_the_whole() -> None:
    whole = make_run(merged_from=(make_run(), RunRecord.begin(["parity"])))
    assert "did not finish" in headline(whole, [make_row()]).warnings[0]


@pytest.mark.parametrize("whole", [2, 3, 999, 1000, 100_000])
def test_100_percent_only_when_it_is_100(whole: int) -> None:
    assert percent(whole, whole) == "100%"
    assert not percent(whole - 1, whole).startswith("100")
    assert percent(1, whole) not in ("0%", "0.0%")
