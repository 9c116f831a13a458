"""The waterfall as it is drawn: every figure is there, and the steps add up on the page too."""

import math
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reports.tests.page_reading import HOSTILE, Reader, render
from harness.reports.truth import against_truth
from harness.reports.waterfall import WaterfallStep, waterfall, waterfalls
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_rows import make_row

ROUNDING = 0.003
"""Percent: positions are written to three decimals."""
MANY = settings(deadline=None, database=None)
CHANGES = st.lists(st.floats(-1, 1), min_size=4, max_size=4)
ANY = st.floats()


def elephant(**fields: Any) -> Row:
    effects = {
        "decode_effect": 0.03668,
        "resize_effect": 0.0,
        "import_effect": 1e-7,
        "optimize_effect": 2e-7,
    }
    figures = {
        "scope": "end_to_end",
        "status": Status.MISMATCH,
        "top1_class": 386,
        "top1_label": "African elephant",
        "reference_score": 0.43720,
        "candidate_score": 0.43720 + sum(effects.values()),
        "moved_class": 386,
        "explanation": "The decoder accounts for it.",
    }
    return make_row(**{**figures, **effects, **fields})


def tusker(**fields: Any) -> Row:
    steps = ("decode", "resize", "import", "optimize")
    values = (-0.0455, 0.0, -2.1e-7, 9e-8)
    moved = {f"moved_{s}_effect": v for s, v in zip(steps, values, strict=True)}
    return elephant(**{"moved_class": 101, "moved_label": "tusker", **moved, **fields})


def named(effects: list[float]) -> dict[str, float]:
    """Effects of a stack that converts nothing."""
    return dict(zip(("decode", "resize", "import", "optimize"), effects, strict=True))


def cells(html: str) -> list[tuple[str, str]]:
    """Name and figure of each drawn line."""
    return re.findall(r'<th scope="row">([^<]*)</th><td class="num">([^<]*)</td>', html)


def edges(step: WaterfallStep) -> tuple[float, float]:
    """Where the step starts and where it ends."""
    assert step.bar
    left, right = step.bar.left, step.bar.left + step.bar.width
    return (right, left) if step.kind == "down" else (left, right)


class TestGeometry:
    @MANY
    @given(st.floats(-1, 1), CHANGES)
    def test_each_step_starts_where_the_last_ended(self, start: float, parts: list[float]) -> None:
        found = waterfall("owl", "", named(parts), (start, start + sum(parts)))
        drawn = [edges(step) for step in found.steps]
        for (_, end), (begin, _) in pairwise(drawn):
            assert begin == pytest.approx(end, abs=ROUNDING)

    @MANY
    @given(st.floats(-1, 1), CHANGES)
    def test_lengths_are_the_figures_to_one_scale(self, start: float, parts: list[float]) -> None:
        found = waterfall("owl", "", named(parts), (start, start + sum(parts)))
        assert len(found.steps) == 6, "nothing is left over"
        for step in found.steps[1:5]:
            begin, end = edges(step)
            share = 100 * step.value / (found.high - found.low)
            assert end - begin == pytest.approx(share, abs=ROUNDING)
        for step in (found.steps[0], found.steps[-1]):
            place = 100 * (step.value - found.low) / (found.high - found.low)
            assert edges(step) == pytest.approx((place, place), abs=ROUNDING)

    @MANY
    @given(CHANGES)
    def test_effects_alone_start_at_zero_and_end_at_their_sum(self, parts: list[float]) -> None:
        found = waterfall("owl", "", named(parts))
        place = 100 * (found.steps[-1].value - found.low) / (found.high - found.low)
        assert found.steps[-1].value == pytest.approx(sum(parts))
        assert edges(found.steps[-1])[0] == pytest.approx(place, abs=ROUNDING)
        zero = 100 * (0 - found.low) / (found.high - found.low)
        assert edges(found.steps[0])[0] == pytest.approx(zero, abs=ROUNDING)

    @MANY
    @given(st.lists(ANY, min_size=4, max_size=4), st.none() | st.tuples(ANY, ANY))
    def test_no_figure_draws_outside(
        self, parts: list[float], ends: tuple[float, float] | None
    ) -> None:
        for step in waterfall("owl", "", named(parts), ends).steps:
            if step.bar:
                assert 0 <= step.bar.left <= 100
                assert 0 <= step.bar.width <= 100
                assert step.bar.left + step.bar.width <= 100 + ROUNDING

    def test_figures_too_large_to_add_are_listed_without_a_bar(self) -> None:
        found = waterfall("owl", "", named([1e308] * 4))
        assert [step.bar for step in found.steps] == [None] * 5

    def test_rounding_does_not_look_like_a_change(self) -> None:
        found = waterfall("owl", "", named([0.0, 0.0, 1e-7, -3e-7]), (0.5, 0.5 - 2e-7))
        assert all(step.bar and step.bar.width < 1 for step in found.steps)

    def test_what_the_steps_do_not_explain_is_a_step(self) -> None:
        found = waterfall("owl", "", named([0.1, math.nan, 0.0, 0.0]), (0.5, 0.75))
        rest = found.steps[-2]
        assert rest.name == "Not attributed"
        assert rest.value == pytest.approx(0.15)
        assert found.steps[2].bar is None
        assert edges(rest)[1] == edges(found.steps[-1])[0]


class TestPage:
    def test_all_six_figures_are_read_in_order(self) -> None:
        assert cells(render(Result(row=elephant()))) == [
            ("Reference score", "0.43720"),
            ("Decode", "+0.03668"),
            ("Resize", "0"),
            ("Import", "+1.0e−7"),
            ("Optimise", "+2.0e−7"),
            ("Candidate score", "0.47388"),
        ]

    def test_a_conversion_is_a_step_of_its_own(self) -> None:
        found = cells(render(Result(row=elephant(convert_effect=0.25, import_effect=-0.125))))
        assert found[2:5] == [("Resize", "0"), ("Convert", "+0.25000"), ("Import", "−0.12500")]

    def test_conversion_and_import_that_can_t_be_told_apart_are_one_step(self) -> None:
        row = elephant(convert_and_import_effect=0.25, import_effect=math.nan)
        names = [name for name, _ in cells(render(Result(row=row)))]
        assert names[2:5] == ["Resize", "Convert and import", "Optimise"]

    def test_another_class_that_moved_more_has_its_own(self) -> None:
        html = render(Result(row=tusker()))
        assert html.count('<table class="waterfall">') == 2
        assert ("Together", "−0.04550") in cells(html)
        assert ("Optimise", "+9.0e−8") in cells(html)
        assert "tusker, the class that moved most" in Reader(html).text

    def test_the_same_class_is_drawn_once(self) -> None:
        assert len(waterfalls(tusker(moved_class=386))) == 1

    def test_without_effects_there_is_none(self) -> None:
        html = render(Result(row=make_row(max_abs=0.1, moved_class=3)))
        assert '<table class="waterfall">' not in html

    def test_a_part_that_was_not_measured_is_a_dash(self) -> None:
        found = cells(render(Result(row=elephant(optimize_effect=math.nan))))
        assert ("Optimise", "–") in found

    def test_labels_are_shown_as_text(self) -> None:
        row = tusker(top1_label=HOSTILE, moved_label=HOSTILE, explanation=HOSTILE)
        reader = Reader(render(Result(row=row)))
        assert len(reader.all("script")) == 2, "our own"
        assert not reader.all("img")
        assert reader.text.count("alert(1)") >= 4

    def test_a_screen_reader_can_read_it(self) -> None:
        reader = Reader(render(Result(row=tusker())))
        assert all(head.get("scope") for head in reader.all("th"))
        assert len(reader.all("caption")) == 2
        labels = [head["aria-label"] for head in reader.all("th") if "aria-label" in head]
        assert labels == ["Drawn from 0.43720 to 0.47388", "Drawn from −0.04550 to 0"]

    @pytest.mark.parametrize("status", [Status.MISMATCH, Status.MATCH])
    def test_the_explanation_follows_the_reason_without_opening(self, status: Status) -> None:
        html = render(Result(row=elephant(status=status, reason="Too far.")))
        line = html.split('id="row-1"')[1].split("<details")[0]
        assert line.index("Too far.") < line.index("The decoder accounts for it.")

    def test_a_long_explanation_is_cut_in_the_line_and_whole_in_the_details(self) -> None:
        long = "because " * 200
        html = render(Result(row=elephant(explanation=long)))
        assert html.count(long) == 1
        assert (
            html.index("…</span></p>") < html.index(long) < html.index('<table class="waterfall">')
        )

    def test_ten_thousand_explained_rows_make_a_page_of_bounded_size(self) -> None:
        row = tusker(explanation="x" * 5000, reason="y" * 5000, noise=1e-7)
        rows = [Result(row=row.model_copy(update={"image": f"{n}"})) for n in range(10_000)]
        assert len(render(*rows)) < 20_000_000


class TestAgainstTruth:
    def test_every_figure_is_in_the_details(self) -> None:
        row = make_row(
            reference_error=1.1e-8,
            candidate_error=1.7e-8,
            error_ratio=1.55,
            noise=2.4e-7,
            margin=0.0705,
            margin_over_noise=293750.0,
            topk_order_equal=False,
            order_agrees=True,
        )
        text = Reader(render(Result(row=row))).text
        assert "Against float64 truth" in text
        for figure in ("1.1e−8", "1.7e−8", "1.55", "2.4e−7", "0.0705", "293,750 × noise"):
            assert figure in text
        assert "differs raw; same without near-ties" in text

    def test_a_missing_figure_is_a_dash(self) -> None:
        found = against_truth(make_row(noise=1e-7))
        assert [figure.value for figure in found.figures] == ["–", "–", "–", "1e−7", "–", "–"]
        assert found.title == "Noise and margin", "there was no truth"

    def test_where_nothing_was_measured_the_group_is_left_out(self) -> None:
        assert not against_truth(make_row(status=Status.CRASHED))
        html = render(Result(row=make_row(status=Status.CRASHED)))
        assert "Margin</dt>" not in html
