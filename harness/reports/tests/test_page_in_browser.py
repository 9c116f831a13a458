"""report.html in a real browser; skipped where no Chromium is installed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from harness.reports.tests.page_reading import HOSTILE, render, thumbnail
from harness.results.capture import Capture
from harness.results.result import Result
from harness.results.status import Status
from harness.testing.browser import browser, load
from harness.testing.sample_rows import make_result, make_row

pytestmark = pytest.mark.xdist_group("browser")
Open = Callable[..., Page]
SUMMARY_CELLS = "[...document.querySelectorAll('.summary tbody :is(td, th)')]"
IMAGES = "[...document.querySelectorAll('#rows > tbody .image .name')].map((e) => e.textContent)"


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with browser() as started:
        yield started.new_page()


@pytest.fixture
def opened(tab: Page, tmp_path: Path) -> Open:
    """Writes a page of results and opens it in the tab."""

    def opened(*results: Result, whole: int = 5, width: int = 1280, fragment: str = "") -> Page:
        file = tmp_path / "report.html"
        file.write_text(render(*results, whole=whole), encoding="utf-8")
        tab.set_viewport_size({"width": width, "height": 900})
        load(tab, file, fragment)
        return tab

    return opened


def rows(number: int = 250) -> list[Result]:
    """Two mismatches, one crash and passing rows of two candidates in two scopes."""
    bad = [make_result(image=f"bad{n}", status=Status.MISMATCH, max_abs=9 - n) for n in range(2)]
    bad.append(make_result(image="gone", status=Status.CRASHED, reason="signal 11"))
    good = [
        make_result(
            image=f"{n:03}.jpg",
            candidate=f"c{n % 2}",
            scope=("graph", "end_to_end")[n // 2 % 2],
            max_abs=1 / (n + 1),
            status=Status.TIE if n == 7 else Status.MATCH,
        )
        for n in range(number - 3)
    ]
    return [*bad, *good]


def images(page: Page) -> list[str]:
    return list(page.evaluate(IMAGES))


def shown(page: Page) -> str:
    return str(page.evaluate("document.getElementById('shown').textContent"))


def test_many_rows_are_shown_a_page_at_a_time(opened: Open) -> None:
    page = opened(*rows())
    assert images(page)[:4] == ["bad0", "bad1", "gone", "007.jpg"]
    assert len(images(page)) == 100
    assert shown(page) == "250 rows, 1 to 100 of them below"
    page.evaluate("document.getElementById('next').click()")
    page.evaluate("document.getElementById('next').click()")
    assert shown(page) == "250 rows, 201 to 250 of them below"
    assert len(images(page)) == 50
    assert page.evaluate("location.hash") == "#page=3"
    assert page.evaluate("document.getElementById('without-script').hidden")


def test_chips_work_by_keyboard_several_at_a_time_and_stand_in_the_address(opened: Open) -> None:
    page = opened(*rows())
    for name in ("failing", "tie"):
        page.evaluate(f"document.querySelector('[data-show={name}]').focus()")
        page.keyboard.press("Space")
    assert images(page) == ["bad0", "bad1", "gone", "007.jpg"]
    assert shown(page) == "4 of 250 rows match"
    pressed = "[...document.querySelectorAll('[aria-pressed=true]')].map((e) => e.dataset.show)"
    assert page.evaluate(pressed) == ["failing", "tie"]
    address = page.evaluate("location.hash")
    assert images(opened(*rows(), fragment=address)) == ["bad0", "bad1", "gone", "007.jpg"]
    assert page.evaluate(pressed) == ["failing", "tie"]
    page.evaluate("document.getElementById('reset').click()")
    assert shown(page).startswith("250 rows,")
    assert page.evaluate("location.hash") == ""


def test_words_and_names_filter_together(opened: Open) -> None:
    page = opened(*rows(), fragment="#candidate=c1&scope=end_to_end&find=MATCH")
    assert images(page)[0] == "003.jpg"
    assert shown(page) == "60 of 250 rows match"
    assert images(opened(*rows(), fragment="#find=signal+11")) == ["gone"]
    assert shown(opened(*rows(), fragment="#candidate=elsewhere")).startswith("250 rows,")


def test_a_column_is_sorted_by_its_figures_and_dashes_come_last(opened: Open) -> None:
    page = opened(*rows())
    page.evaluate("document.querySelector('[data-column=max_abs] button').click()")
    assert images(page)[:3] == ["bad0", "bad1", "000.jpg"]
    page.evaluate("document.querySelector('[data-column=max_abs] button').click()")
    assert images(page)[:2] == ["246.jpg", "245.jpg"]
    assert page.evaluate("document.querySelector('[aria-sort]').ariaSort") == "ascending"
    page = opened(*rows(), fragment="#sort=max_abs,ascending&page=3")
    assert images(page)[-1] == "gone"


def test_a_link_to_a_row_finds_it_on_its_page_and_behind_a_filter(opened: Open) -> None:
    page = opened(*rows(), fragment="#show=crashed")
    page.evaluate("""new Promise((done) => {
        addEventListener('hashchange', () => done(), { once: true });
        location.hash = '#row-230';
    })""")
    assert page.evaluate("document.querySelector('.here').id") == "row-230"
    assert shown(page) == "250 rows, 201 to 250 of them below"


def test_the_script_writes_a_line_as_the_template_does(opened: Open) -> None:
    fields = {"case": "a_case", "scope": "end_to_end", "top1_label": "owl", "top1_equal": False}
    fields |= {"candidate_top1_label": "cat", "reference_score": 0.5, "candidate_score": 2e-9}
    fields |= {"divergence": -0.5, "max_abs": 1234.5, "explanation": "the decoder"}
    image = {"image_sha256": "0a"}
    every = [
        make_row(status=status, image=f"a/b_{known}.jpg", known_failure=known, **fields, **image)
        for status in (Status.MISMATCH, Status.NO_DEVICE, Status.MATCH)
        for known in ("", "issue 4")
    ]
    every += [make_row(status=status, reason="one\ntwo", **image) for status in Status]
    results = [Result(row=row, thumbnail=thumbnail("red")) for row in every]
    lines = """[...document.querySelectorAll('#rows > tbody')].map((body) => {
        for (const details of body.querySelectorAll('details')) details.remove();
        return body.outerHTML.replaceAll(/>\\s+</g, '><').replaceAll(/\\s+<[/]td/g, '</td');
    })"""
    by_template = opened(*results, whole=100).evaluate(lines)
    by_script = opened(*results, whole=1).evaluate(lines)
    assert len(by_script) == len(results)
    assert by_script == by_template


def test_hostile_text_stays_text_in_what_the_script_writes(opened: Open) -> None:
    names = {"case": HOSTILE, "reason": HOSTILE, "top1_label": HOSTILE, "known_failure": HOSTILE}
    page = opened(*(make_result(image=f"{n}{HOSTILE}", **names) for n in range(8)))
    assert len(images(page)) == 8
    assert page.evaluate("document.querySelectorAll('img, #rows script').length") == 0
    assert "<img src=x" in images(page)[-1]


def test_a_narrow_window_shows_every_figure(opened: Open) -> None:
    names = {"case": "imagenet_densenet121_from_keras", "candidate": "relax-onnx-host-packed"}
    page = opened(make_result(**names, max_abs=0.25), make_result(), width=420)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    edges = f"{SUMMARY_CELLS}.map((e) => e.getBoundingClientRect()).map((r) => [r.left, r.right])"
    assert all(0 <= left < right <= 420 for left, right in page.evaluate(edges))
    texts = page.evaluate(f"{SUMMARY_CELLS}.map((e) => e.innerText)")
    assert "graph" in texts
    assert "1 of 1" in texts
    assert "0.25" in texts


def test_a_cell_of_the_matrix_leads_to_its_worst_row(opened: Open) -> None:
    page = opened(*rows(), width=1600)
    cells = "document.querySelectorAll('.matrix tbody td a')"
    hrefs = page.evaluate(f"[...{cells}].map((e) => e.getAttribute('href'))")
    assert len(hrefs) >= 4
    page.evaluate(f"{cells}[{len(hrefs) - 1}].click()")
    shown_row = page.evaluate("document.querySelector('#rows > tbody.here')?.id")
    assert f"#{shown_row}" == hrefs[-1]


def test_a_wide_matrix_scrolls_by_itself(opened: Open) -> None:
    many = [make_result(candidate=f"relax-onnx-llvm-candidate-{n}") for n in range(20)]
    page = opened(*many, width=420)
    box = "document.querySelector('.wide')"
    assert page.evaluate(f"{box}.scrollWidth > {box}.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_command_of_a_row_can_be_copied(opened: Open) -> None:
    capture = Capture(case={}, folder="/", reference_stack="tensorflow")
    page = opened(Result(row=make_row(image="it's.jpg"), capture=capture))
    assert not page.evaluate("document.querySelector('[data-copy]').hidden")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.evaluate("document.querySelector('[data-copy]').click()")
    assert page.evaluate("window.copied") == page.evaluate(
        "document.querySelector('.again code').textContent"
    )
    assert "c::it" in page.evaluate("window.copied")
