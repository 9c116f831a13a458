"""A run of thousands of rows: the page stays small, and what it leaves out is counted."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from harness.reports import page
from harness.reports.tests.page_reading import Reader, data_of, order_in, render, shown, thumbnail
from harness.results.result import Result
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row, make_run


def test_of_many_rows_the_page_has_the_worst_and_says_how_many_it_has_not() -> None:
    rows = [make_result(image=f"{n}.jpg", reason=f"reason {n}") for n in range(30)]
    rows += [make_result(image=f"bad{n}", status=Status.MISMATCH) for n in range(10)]
    html = render(*rows, whole=5)
    reader = Reader(html)
    assert order_in(html) == ["mismatch"] * 5
    assert "35 of 40 rows, 5 of them failing, are not on this page" in " ".join(reader.text.split())
    assert "rows.csv" in reader.text
    assert order_in(render(*rows, whole=40)) == ["mismatch"] * 10 + ["match"] * 30
    assert "are not on this page" not in render(*rows, whole=40)


def test_every_row_is_data_of_the_script() -> None:
    rows = [make_result(image=f"{n}.jpg", reason=f"reason {n}", max_abs=n) for n in range(30)]
    rows += [make_result(image="bad", status=Status.MISMATCH, max_abs=math.inf)]
    data = data_of(render(*rows, whole=5))
    assert [shown(data, "image", row) for row in (0, 1, 30)] == ["bad", "29.jpg", "0.jpg"]
    assert [shown(data, "max_abs", row) for row in (0, 1)] == ["∞", "29"]
    assert data["numbers"]["max_abs"][:2] == ["Infinity", 29]
    assert data["numbers"]["reference_score"][0] is None
    assert "reason 29" in data["strings"]


def test_twenty_thousand_rows_make_a_small_page() -> None:
    image = thumbnail("red")
    rows = [
        Result(row=make_row(image=f"{n}.jpg", reason=f"{n}: " + "x" * 80), thumbnail=image)
        for n in range(20_000)
    ]
    html = render(*rows)
    assert len(html) < 6_000_000
    assert html.count("<tbody") < 300


def test_only_images_of_rows_on_the_page_are_in_it() -> None:
    colours = {name: thumbnail(name) for name in ("red", "blue")}
    rows = [
        make_result(image=name, status=status).model_copy(update={"thumbnail": colours[name]})
        for name, status in (("red", Status.MATCH), ("blue", Status.MISMATCH))
    ]
    html = render(*rows, whole=1)
    assert (html.count(colours["red"]), html.count(colours["blue"])) == (0, 1)


def test_a_long_summary_is_folded_and_its_worst_lines_are_not() -> None:
    rows = [make_result(candidate=f"good-{n:03}") for n in range(300)]
    rows += [make_result(candidate="bad", status=Status.MISMATCH)]
    summary = render(*rows).split('id="h-summary"')[1].split("</section>")[0]
    shown_first, folded = summary.split("<details")
    assert shown_first.count("<tr>") == 1 + 8
    assert "bad" in shown_first
    assert "192 more groups" in folded
    assert folded.count("<tr>") == 1 + 192
    assert "101 more groups are not listed here" in folded


class Stored(Sequence[Result]):
    """Results that are read as they are asked for, and counted."""

    def __init__(self, number: int) -> None:
        self.number, self.read = number, 0

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[Result]:
        return (self[place] for place in range(self.number))

    def __getitem__(self, place: Any) -> Any:
        self.read += 1
        return make_result(image=f"{place}.jpg")


def test_results_are_read_once_and_those_on_the_page_again() -> None:
    stored = Stored(1000)
    html = page.render(make_run(), stored)
    assert len(order_in(html)) == page.DETAILED
    assert stored.read == 1000 + page.DETAILED
