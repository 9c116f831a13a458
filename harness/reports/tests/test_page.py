"""What a reader of report.html sees."""

import math
import re

import pytest

from harness.reports.ranks import side_by_side
from harness.reports.tests.page_reading import Reader, render, thumbnail, topk
from harness.results.result import ExpectedRow, Result
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row


def test_an_image_is_on_the_page_once_however_many_rows_show_it() -> None:
    red, blue = thumbnail("red"), thumbnail("blue")
    rows = [
        make_result(candidate=f"c{n}").model_copy(update={"thumbnail": (red, blue)[n % 2]})
        for n in range(20)
    ]
    html = render(*rows)
    assert (html.count(red), html.count(blue)) == (1, 1)
    assert html.count('href="#image-') >= 20


def test_an_empty_run_says_so_and_shows_no_pass() -> None:
    html = render()
    assert "No data to report" in html
    assert 'class="verdict failing"' in html
    assert "100%" not in Reader(html).text


def test_the_share_is_100_percent_only_when_it_is() -> None:
    many = [make_result(image=f"{n}.jpg") for n in range(2000)]
    assert "(100%)" in render(*many)
    almost = render(*many, make_result(status=Status.MISMATCH))
    assert "(99.9%)" in almost
    assert "(100" not in almost


def test_both_lists_stand_side_by_side_with_signed_divergences() -> None:
    lines = [
        *topk("reference", (386, 0.43720, 0.47388), (101, 0.36673, 0.32123)),
        *topk("candidate", (386, 0.47388, 0.43720), (101, 0.32123, 0.36673)),
    ]
    row = make_row(max_abs=0.0455, divergence=0.03668)
    text = Reader(render(Result(row=row, topk=tuple(lines)))).text
    for figure in ("0.43720", "0.47388", "+0.03668", "−0.04550", "0.0455"):
        assert figure in text


def test_a_class_that_left_the_list_still_has_its_divergence() -> None:
    reference = topk("reference", (1, 0.6, 0.5), (2, 0.3, 0.1))
    candidate = topk("candidate", (1, 0.5, 0.6), (3, 0.2, 0.05))
    first, second, left = side_by_side([*reference, *candidate])
    assert (first.differs, second.differs) == (False, True)
    assert second.delta == pytest.approx(0.15)
    assert left.rank is None
    assert left.candidate
    assert left.candidate.class_index == 2
    assert left.delta == pytest.approx(-0.2)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, -3.0, 0.0])
def test_strange_scores_draw_no_strange_bars(score: float) -> None:
    lines = [*topk("reference", (1, score, 0.5)), *topk("candidate", (1, 0.5, score))]
    html = render(Result(row=make_row(max_abs=score), topk=tuple(lines)))
    widths = [float(width) for width in re.findall(r'style="width:([^%]*)%"', html)]
    assert widths
    assert all(0 <= width <= 100 for width in widths)


def test_what_was_not_measured_is_a_dash_not_nan() -> None:
    text = Reader(render(make_result(status=Status.CRASHED, reason="signal 6"))).text
    assert "signal 6" in text
    rows = text.split("What was run")[0]
    assert not re.search(r"\bnan\b", rows, re.IGNORECASE), "the glossary may speak of it"


def test_a_row_names_its_status_reason_rule_notes_and_known_failure() -> None:
    row = make_row(
        status=Status.TIMED_OUT, reason="R1", rule="R2", notes="R3", known_failure="R4", max_ulp=7
    )
    text = Reader(render(Result(row=row))).text
    for part in ("timed_out", "R1", "R2", "R3", "Known failure. R4"):
        assert part in text


def test_a_known_failure_that_passes_is_pointed_out() -> None:
    text = Reader(render(make_result(known_failure="R4"))).text
    assert "Listed as a known failure, which did not occur. R4" in text


def test_the_other_scope_is_one_link_away() -> None:
    rows = [make_result(max_abs=3e-7), make_result(scope="end_to_end", status=Status.MISMATCH)]
    html = render(*rows)
    assert "Same file, scope graph:" in html
    assert "largest |Δ| 3e−7" in Reader(html).text
    targets = {a["id"] for _, a in Reader(html).tags if "id" in a}
    links = {a["href"][1:] for a in Reader(html).all("a")}
    assert links <= targets


def test_published_answers_are_held_against_the_measured_once() -> None:
    key = {"case": "c", "image": "i.jpg", "candidate": "relay", "side": "candidate", "rank": 1}
    published = ExpectedRow(
        **key,
        label="elephant",
        score=0.61481,
        measured_label="elephant",
        measured_score=0.47388,
        difference=-0.14093,
    )
    rows = [Result(row=make_row(scope=scope), expected=(published,)) for scope in ("graph", "e2e")]
    text = Reader(render(*rows)).text
    assert (text.count("0.61481"), text.count("−0.14093")) == (1, 1)
    assert "Published scores" not in render(make_result())


def test_failing_rows_stand_before_every_table_but_a_short_summary() -> None:
    rows = [make_result(case=f"{n}", status=Status.MISMATCH) for n in range(60)]
    published = ExpectedRow(
        case="c", image="i", candidate="r", side="candidate", rank=1, label="elephant", score=1
    )
    rows[0] = rows[0].model_copy(update={"expected": (published,)})
    html = render(*rows)
    places = [html.index(f'id="h-{name}"') for name in ("summary", "rows", "published", "run")]
    assert places == sorted(places)


def test_a_page_for_narrow_windows_labels_every_cell_it_stacks() -> None:
    summary = render(make_result()).split('class="summary cards"')[1].split("</table>")[0]
    labels = re.findall(r'data-label="([^"]*)"', summary)
    assert labels == ["Candidate", "Scope", "Passing", "Largest |Δ|"]


def test_names_wrap_after_their_separators() -> None:
    html = render(make_result(image="a/long_name-of.jpg"))
    assert "a/<wbr>long_<wbr>name-<wbr>of.jpg" in html
    assert "overflow-wrap: anywhere" not in html


def test_the_page_is_accessible() -> None:
    rows = [make_result(), make_result(status=Status.MISMATCH, candidate="b")]
    reader = Reader(render(*rows))
    assert reader.all("html")[0]["lang"] == "en"
    assert all(head.get("scope") for head in reader.all("th"))
    assert [a["aria-sort"] for a in reader.all("th") if "aria-sort" in a] == ["ascending"]
    assert len(reader.all("h1")) == 1


def test_every_column_is_explained() -> None:
    text = Reader(render()).text
    for name, meaning in Row.meanings().items():
        assert name in text
        assert meaning in text


def test_programs_have_the_names_that_the_row_gives_them() -> None:
    lines = [*topk("reference", (1, 0.5, 0.4)), *topk("candidate", (1, 0.4, 0.5))]
    versions = {"reference_version": "2.21", "candidate_version": "0.19"}
    effects = {"decode_effect": -0.1, "reference_score": 0.5, "candidate_score": 0.4}
    row = make_row(**versions, **effects)
    unnamed = render(Result(row=row, topk=tuple(lines)))
    text = Reader(unnamed).text
    assert "reference 2.21 against candidate 0.19" in text
    assert '<th scope="col" class="name">Reference</th>' in unnamed
    assert not re.search("TensorFlow|TVM", unnamed.replace(_installed(unnamed), ""))
    names = {"reference_program": "Torch", "candidate_program": "IREE"}
    named = render(Result(row=row.model_copy(update=names), topk=tuple(lines)))
    text = Reader(named).text
    assert "Torch 2.21 against IREE 0.19" in text
    for head in ("Torch</th>", "IREE</th>", "Torch score</th>", "IREE score</th>"):
        assert head in named


def _installed(html: str) -> str:
    """The packages of this environment, which have their own names."""
    found = re.search(r"<dt>Installed</dt>.*?</dd>", html, re.DOTALL)
    assert found
    return found[0]
