"""index.html: every run, newest first."""

import itertools
import json
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import ViewportSize

from harness.history import index_page as index
from harness.history.index_page import LISTED, bars, index_page, verdict, write_index
from harness.history.kept_run import INCOMPLETE, KeptRun
from harness.reports.tests.page_reading import HOSTILE, Reader, words
from harness.testing.browser import browser, load, violations


def run(number: int, **fields: object) -> KeptRun:
    """A finished run of ten rows that pass, but for what is given."""
    failing = {name: fields.get(name, 0) for name in ("failing", "known", "skipped")}
    passing = 10 - sum(int(str(value)) for value in failing.values())
    named = {"run_id": f"run-{number:03}", "run_started": "2026-11-26T02:15:00+00:00"}
    return KeptRun.model_validate({"rows": 10, "passing": passing, **named, **fields})


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, ("passing", "all pass")),
        ({"failing": 1}, ("failing", "1 fails")),
        ({"failing": 2, "state": INCOMPLETE}, ("failing", "2 fail")),
        ({"state": INCOMPLETE}, ("skipped", "incomplete")),
        ({"skipped": 10}, ("skipped", "nothing passed")),
        ({"rows": 0, "passing": 0}, ("skipped", "nothing passed")),
        ({"known": 1}, ("known", "known failures")),
        ({"skipped": 1}, ("skipped", "some skipped")),
    ],
)
def test_no_run_is_called_passing_that_left_something_out(
    fields: dict[str, object], wanted: tuple[str, str]
) -> None:
    assert verdict(run(0, **fields)) == wanted


def test_the_newest_run_stands_first_and_links_lead_to_pages_that_are_there(
    tmp_path: Path,
) -> None:
    there, gone = tmp_path / "a#1 %", tmp_path / "gone"
    there.mkdir()
    (there / "report.html").touch()
    elsewhere = tmp_path / "x" / "y"
    elsewhere.mkdir(parents=True)
    (elsewhere / "report.html").touch()
    folders = (there, gone, elsewhere)
    write_index(
        tmp_path, [run(n, folder=str(one), failing=n // 2) for n, one in enumerate(folders)]
    )
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    reader = Reader(html)
    assert [link["href"] for link in reader.all("a")] == ["a%231%20%25/report.html"]
    assert (
        reader.text.index("run-002") < reader.text.index("run-001") < reader.text.index("run-000")
    )
    assert "Newest run: 1 fails" in reader.text
    assert 'class="verdict failing"' in html


def test_versions_are_those_that_changed() -> None:
    old, new = (
        json.dumps({"tvm": "0.26", "numpy": "2.3"}),
        json.dumps({"tvm": "0.27", "numpy": "2.3"}),
    )
    text = Reader(index_page(Path(), [run(0, versions=old), run(1, versions=new)])).text
    assert "tvm 0.26 → 0.27" in " ".join(text.split())
    assert "numpy" not in text


def test_of_many_runs_the_newest_are_listed_and_compared_with_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert LISTED >= 365
    monkeypatch.setattr(index, "LISTED", 3)
    runs = [run(n, versions=json.dumps({"tvm": "1" if n < 2 else "2"})) for n in range(5)]
    text = words(index_page(Path(), runs))
    assert "5 runs kept, the newest 3 of them here" in text
    assert "run-001" not in text
    assert text.count("tvm 1 → 2") == 1


def test_a_single_failing_row_of_thousands_is_seen_in_the_trend() -> None:
    failing, passing = bars(7, run(0, rows=10_000, failing=1, passing=9_999))
    assert (failing.kind, failing.column, failing.top) == ("failing", 7, 0)
    assert failing.height > 3
    assert failing.height + passing.height == pytest.approx(100, abs=0.01)
    assert bars(0, run(0, rows=0, passing=0)) == []


def test_nothing_from_outside_is_markup() -> None:
    hostile = run(0, run_id=HOSTILE, commit=HOSTILE[:9], versions=json.dumps({HOSTILE: "1"}))
    html = index_page(Path(), [run(1, versions='{"a": "1"}'), hostile])
    assert HOSTILE not in html
    assert not Reader(html).all("script")
    assert not Reader(html).all("img")


def test_without_runs_the_page_says_so() -> None:
    assert "No run is kept" in Reader(index_page(Path(), [])).text


@pytest.mark.xdist_group("browser")
def test_it_is_read_by_anyone_at_any_width(tmp_path: Path) -> None:
    kinds: tuple[dict[str, object], ...] = ({}, {"failing": 1}, {"known": 2}, {"skipped": 3})
    runs = [run(n, versions=json.dumps({"tvm": str(n)}), **one) for n, one in enumerate(kinds)]
    write_index(tmp_path, runs)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    with browser() as started:
        for scheme, width in itertools.product(schemes, (420, 1600)):
            size: ViewportSize = {"width": width, "height": 900}
            page = started.new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
            load(page, tmp_path / "index.html")
            assert page.get_by_text("run-003").is_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert violations(page) == []
