"""sweep.html: what it says, what it may not do, and that everyone can read it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, ViewportSize

from harness.cases.gates import Gates
from harness.sweep.facts import SweepFacts
from harness.sweep.gates import decide
from harness.sweep.page import render
from harness.sweep.statistics import SweepStatistics, summarise
from harness.sweep.tests.sample_tables import compared, failed, mixed, typed
from harness.testing.browser import browser, load, violations

pytestmark = pytest.mark.xdist_group("browser")
HOSTILE = '<script>alert("x")</script>\x1b[2J\u202e'
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def both_scopes(images: int, **names: str) -> pd.DataFrame:
    parts = [mixed(images, 0, **names), mixed(images, 1, "end_to_end", **names)]
    return pd.concat(parts, ignore_index=True)


def facts(statistics: SweepStatistics, **fields: Any) -> SweepFacts:
    counts = {"selected_images": statistics.images, "finished_images": statistics.images}
    return SweepFacts(title="tiny photos", **{**counts, **fields})


def page(table: pd.DataFrame, gates: Gates | None = None, **options: Any) -> str:
    statistics = summarise(table)
    results = decide(gates or Gates(), statistics, statistics.images)
    return render(statistics, results, facts(statistics), **options)


def words(html: str) -> str:
    """Text without markup."""
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.replace("<wbr>", "")))


def heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    assert found
    return found[1]


def test_the_verdict_is_of_the_gates() -> None:
    gates = Gates(min_top1_agreement=0.9, max_mismatches=0)
    assert heading(page(compared(100), gates)) == "All 2 gates pass"
    mismatch = compared(100, status=["mismatch"] + ["match"] * 99)
    assert heading(page(mismatch, gates)) == "1 of 2 gates fails"
    tight = Gates(min_top1_agreement=0.999, max_mismatches=0)
    text = page(compared(100), tight)
    assert heading(text) == "No gate fails, but 1 of 2 gates is inconclusive"
    assert 'class="verdict attention"' in text
    assert heading(page(compared(100), Gates(max_mismatches=0))) == "The only gate passes"


def test_without_gates_it_is_of_the_rows() -> None:
    assert heading(page(compared(100))) == "No row fails"
    rows = pd.concat([compared(5), failed(1)], ignore_index=True)
    assert heading(page(rows)) == "1 of 6 rows fails"
    skipped = pd.concat([compared(5), failed(1, "missing_asset")], ignore_index=True)
    assert heading(page(skipped)) == "No row fails, but not all was compared"


@pytest.mark.parametrize("table", [failed(3), typed({"image": []}, 0)])
def test_a_sweep_that_compared_nothing_never_looks_like_a_pass(table: pd.DataFrame) -> None:
    text = page(table, Gates(max_mismatches=5))
    assert heading(text) == "Nothing was compared"
    assert 'class="verdict failing"' in text
    assert "inconclusive" in words(text)


def test_an_incomplete_sweep_says_so_first() -> None:
    statistics = summarise(compared(90))
    gates = decide(Gates(min_top1_agreement=0.5), statistics, 100)
    text = render(statistics, gates, facts(statistics, selected_images=100, finished=""))
    assert heading(text) == "The only gate is inconclusive"
    assert "This sweep is not complete: 90 of 100 selected images finished." in words(text)


def test_it_has_every_part() -> None:
    gates = Gates(min_top1_agreement=0.99, max_accuracy_drop=0.005, max_mismatches=10)
    text = words(page(both_scopes(3000), gates, tolerances={"end_to_end": 0.05}))
    for part in (
        "requires at least",
        "Same top-1 class",
        "McNemar's exact test",
        "tolerance 0.05, end_to_end",
        "error_ratio",
        "Mean |effect|",
        "candidate score",
        "Which class turned into which",
        "images to look at first",
        "in which nothing was compared",
        "not yet",
    ):
        assert part in text, part


def test_labels_and_pictures_are_shown_where_they_are_given() -> None:
    rows = compared(20, top1_class=3, candidate_top1_class=4, top1_equal=False, status="mismatch")
    given = {"image-000000.jpg": PIXEL, "image-000001.jpg": "https://example.org/x.png"}
    text = page(rows, labels={3: "owl"}, thumbnails=given)
    assert "owl" in text
    assert "class 4" in text
    assert text.count(PIXEL) == 1
    assert "example.org" not in text


def test_text_from_outside_is_text() -> None:
    rows = compared(
        3,
        image=[HOSTILE + str(n) for n in range(3)],
        candidate=HOSTILE,
        reason=HOSTILE,
        known_failure=HOSTILE,
        status="mismatch",
        top1_equal=False,
    )
    rows = pd.concat([rows, failed(1, reason=HOSTILE, candidate=HOSTILE)], ignore_index=True)
    statistics = summarise(rows)
    shown = facts(statistics, notes=(HOSTILE,), command=HOSTILE, versions={HOSTILE: HOSTILE})
    results = decide(Gates(max_mismatches=0), statistics, 4)
    text = render(statistics, results, shown, labels={0: HOSTILE})
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J\\u202e" in text.replace("<wbr>", "")


def test_nothing_is_fetched_and_no_script_runs() -> None:
    text = page(both_scopes(500))
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href)=\"(?!#|data:image/)", text)
    assert "http" not in text.replace("http-equiv", "")


def test_its_size_does_not_depend_on_the_size_of_the_dataset() -> None:
    small, large = (len(page(both_scopes(images))) for images in (2000, 20_000))
    assert large < 1.5 * small
    assert large < 500_000


def test_many_candidates_are_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sweep.page.MOST_LINES", 15)
    rows = compared(25, candidate=[f"candidate-{number:03d}" for number in range(25)])
    text = words(page(rows))
    assert "10 more candidates and scopes are not on this page" in text
    assert "13 more candidates and scopes have no drawings" in text


def test_several_cases_are_told_apart() -> None:
    rows = [compared(2), compared(2, case="cases/other")]
    text = words(page(pd.concat(rows, ignore_index=True)))
    assert "cases/other: relay-host-nchw, graph" in text


def test_facts_survive_their_json() -> None:
    found = SweepFacts(title="t", versions={"TVM": "0.19.0"}, notes=("a",), selected_images=3)
    assert SweepFacts.model_validate_json(found.model_dump_json()) == found
    assert not found.complete


@pytest.fixture(scope="module")
def browsers() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.mark.parametrize("width", [420, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_it(browsers: Browser, tmp_path: Path, scheme: Any, width: int) -> None:
    """What axe-core calls serious, all details open; and nothing is wider than the window."""
    gates = Gates(min_top1_agreement=0.99, max_accuracy_drop=0.005, max_mismatches=10)
    rows = both_scopes(3000, candidate="relax-a-very-long-target-name-without-end-" * 3)
    text = page(rows, gates, thumbnails={"image-000001.jpg": PIXEL})
    file = tmp_path / "sweep.html"
    file.write_text(text.replace("<details", "<details open"), encoding="utf-8")
    size: ViewportSize = {"width": width, "height": 900}
    shown = browsers.new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
    load(shown, file)
    assert violations(shown) == []
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    unnamed = "[...document.querySelectorAll('table')].filter(t => !t.caption || !t.tHead).length"
    assert shown.evaluate(unnamed) == 0
    assert shown.evaluate("document.querySelectorAll('svg:not(:has(title))').length") == 0
    shown.close()
