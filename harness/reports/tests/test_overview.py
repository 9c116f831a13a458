"""What stands above the rows: changes, each candidate's agreement, cases by candidates."""

import math

import pytest

from harness.reports import images
from harness.reports.markdown import as_markdown
from harness.reports.order import groups
from harness.reports.overview import MOST_COLUMNS, candidate_lines, matrix
from harness.reports.page import render
from harness.reports.tests.page_reading import HOSTILE, Reader, thumbnail, words
from harness.results.capture import Capture
from harness.results.census import Census, Unchecked
from harness.results.changes import Changes, ChangeSection, RowTrend
from harness.results.result import DecodedPictures, Result
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row, make_run

REGRESSED = ChangeSection(
    name="regressions",
    heading="Regressions: passed, and fail now",
    count=300,
    lines=((f"cases/{HOSTILE} a.jpg c graph", f"match → mismatch: {HOSTILE}"),),
)
VERSIONS = ChangeSection(
    name="versions", heading="Versions", count=1, lines=(("apache-tvm", "0.27.0 → 0.27.1"),)
)
SINCE = Changes(
    since="20261125T021500Z-3fa9c1",
    headline="300 regressed; 2 unchanged",
    sections=(REGRESSED, VERSIONS),
)


def ordered(*rows: Row) -> list[Row]:
    """Failing rows first."""
    return sorted(rows, key=lambda row: row.status.passing)


def test_a_regression_stands_first_on_the_page_and_what_is_left_out_is_counted() -> None:
    run = make_run(1, changes=(Changes(since="baseline", headline="nothing changed"), SINCE))
    html = render(run, [make_result()])
    assert HOSTILE not in html
    text = words(html)
    assert text.index("What changed") < text.index("Rows, worst first")
    for part in (
        "Since the baseline",
        "Since run 20261125T021500Z-3fa9c1 300 regressed; 2 unchanged.",
        "Regressions: passed, and fail now (300)",
        "match → mismatch: ",
        "299 more are not listed here",
        "apache-tvm 0.27.0 → 0.27.1",
    ):
        assert part in text
    (regressions,) = [
        one for one in Reader(html).all("details") if "regressions" in one.get("class", "")
    ]
    assert "open" in regressions


def test_changes_of_merged_runs_are_named_after_them() -> None:
    merged = make_run(merged_from=(make_run(id="relay-run", changes=(SINCE,)),))
    assert "Relay-run: since run 20261125T021500Z-3fa9c1" in Reader(render(merged, [])).text
    assert "run: since run 20261125T021500Z" in as_markdown(merged, []).replace("\\", "")


def test_what_merged_runs_leave_unchecked_is_named_after_them() -> None:
    entry = Unchecked(kind="skipped", case="a", about="", comparisons=2, reason="no stack here")
    parts = tuple(
        make_run(id=name, census=Census(comparisons=8, checked=checked, entries=entries))
        for name, checked, entries in (("relay-run", 6, (entry,)), ("relax-run", 8, ()))
    )
    merged = make_run(merged_from=parts)
    text = words(render(merged, [make_result()]))
    assert "relay-run: 6 of 8 comparisons under full check (75.0%); 2 skipped." in text
    assert "relax-run: 8 of 8 comparisons under full check (100%)." in text
    assert text.count("What is not under full check") == 2  # the link and the heading
    assert "no stack here" in text
    assert "run: 6 of 8 comparisons" in as_markdown(merged, []).replace("\\", "")


def test_a_run_without_an_earlier_one_says_nothing_of_changes() -> None:
    assert "What changed" not in Reader(render(make_run(), [make_result()])).text


def test_agreement_and_quantiles_are_of_compared_rows_alone() -> None:
    rows = [make_row(image=str(n), top1_equal=n > 0, max_abs=n / 100) for n in range(10)]
    rows += [make_row(status=Status.CRASHED), make_row(status=Status.MISSING_STACK)]
    rows += [make_row(scope="end_to_end", status=Status.MISMATCH, known_failure="issue 7")]
    whole, graph = candidate_lines(rows)
    assert (graph.rows, graph.compared, graph.top1_equal) == (12, 10, 9)
    assert graph.quantiles == (0.04, 0.08, 0.09, 0.09)
    assert graph.kinds == {"failing": 1, "known": 0, "skipped": 1, "passing": 10}
    assert (whole.kinds["known"], whole.compared) == (1, 0)
    assert all(map(math.isnan, whole.quantiles))
    text = words(render(make_run(), list(map(make, rows))))
    assert "9 of 10" in text


def make(row: Row) -> Result:
    return Result(row=row)


def test_the_matrix_has_the_worst_row_of_each_case_and_candidate() -> None:
    found = matrix(
        groups(
            ordered(
                make_row(case="a", candidate="x", image="1", status=Status.MISMATCH),
                make_row(case="a", candidate="x", image="2"),
                make_row(case="a", candidate="y"),
                make_row(case="b", candidate="y", scope="end_to_end"),
            )
        )
    )
    assert found
    assert found.candidates == ("x", "y")
    first, second = found.lines
    assert (first.case, first.scope) == ("a", "graph")
    assert [cell and (cell.worst.status, cell.passing, cell.rows) for cell in first.cells] == [
        (Status.MISMATCH, 1, 2),
        (Status.MATCH, 1, 1),
    ]
    assert second.cells[0] is None


def test_one_candidate_needs_no_matrix() -> None:
    assert matrix(groups([make_row(case="a"), make_row(case="b")])) is None


def test_of_many_candidates_the_worst_are_in_the_matrix() -> None:
    rows = [make_row(candidate=f"c{n:02}") for n in range(30)]
    rows.append(make_row(candidate="worst", status=Status.CRASHED))
    found = matrix(groups(ordered(*rows)))
    assert found
    assert len(found.candidates) == MOST_COLUMNS
    assert "worst" in found.candidates
    assert found.left_out == 31 - MOST_COLUMNS
    html = render(make_run(), list(map(make, rows)))
    assert "11 more candidates, none of them with worse rows" in Reader(html).text


def test_a_row_has_its_trend_and_the_command_that_runs_it_again() -> None:
    row = make_row(case="cases/a b", image="it's.jpg", run_id="20260101T000000Z-000001")
    capture = Capture(case={}, folder="/", reference_stack="tensorflow")
    names = {"case": row.case, "image": row.image, "candidate": "relay", "scope": "graph"}
    trend = RowTrend(**names, line="▁▁█×")
    html = render(make_run(trends=(trend,)), [Result(row=row, capture=capture)])
    text = words(html)
    assert "Last 4 runs: ▁▁█×" in text
    quoted = "'cases/a b::it'\"'\"'s.jpg[relay]'"
    assert f"parity replay 20260101T000000Z-000001 {quoted} Copy" in text
    plain = Reader(render(make_run(), [Result(row=row)])).text
    assert "Run it again" not in plain
    assert "runs:" not in plain


def test_both_decoders_pixels_are_shown_for_the_worst_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "MOST_DECODED", 2)
    results = [
        Result(
            row=make_row(image=f"{n}.jpg", status=Status.MATCH if n else Status.MISMATCH),
            decoded=DecodedPictures(
                uri=thumbnail(colour), values=9000, differing=n, largest=n, factor=255 // (n or 1)
            ),
        )
        for n, colour in enumerate(("red", "blue", "green"))
    ]
    html = render(make_run(), results)
    assert html.count('<figure class="decoded">') == 2
    assert [html.count(one.decoded.uri) for one in results if one.decoded] == [1, 1, 0]
    text = words(html)
    assert "the difference: none." in text
    assert "255 times as large: 1 of 9,000 values differ, by at most 1 of 255 levels" in text


def test_changes_survive_run_json() -> None:
    run = make_run(changes=(SINCE,), trends=())
    assert RunRecord.model_validate_json(run.model_dump_json()) == run
