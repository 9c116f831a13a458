"""The lines that the command prints."""

import pandas as pd

from harness.cases.gates import Gates
from harness.sweep.gates import decide
from harness.sweep.statistics import summarise
from harness.sweep.summary_text import summary_lines
from harness.sweep.tests.sample_tables import compared, failed, typed
from harness.sweep.tests.test_gates import table


def test_a_line_a_candidate_and_scope_and_a_line_a_gate() -> None:
    statistics = summarise(table(990, 10, 2))
    gates = decide(Gates(min_top1_agreement=0.98, max_mismatches=5), statistics, 1002)
    name = "relay-host-nchw, graph"
    group, fails, passes = summary_lines(statistics, gates)
    assert group == (
        f"{name}: same top-1 class in 99.00% of 1,000 compared images (98.17% to 99.46%), "
        "2 images not compared, 12 rows failing, accuracy 100% to 99.00%, "
        "a drop of +1.00 points (+0.54 to +1.83)"
    )
    assert fails == (
        f"fail: max_mismatches, {name}: 10 mismatches in 1,000 compared images "
        "(2 images not compared, which count as mismatches for a pass); requires at most 5 of 1,002"
    )
    assert passes == (
        f"pass: min_top1_agreement, {name}: 990 of 1,000 compared images agree, 99.00% "
        "(2 images not compared, which count as different for a pass); at 95% confidence at "
        "least 98.07%, and at most 99.456%; requires at least 990 of 1,002"
    )


def test_no_difference_comes_with_what_could_go_unseen() -> None:
    (line,) = summary_lines(summarise(compared(1000)))
    assert "same top-1 class in 100% of 1,000 compared images (99.617% to 100%)" in line
    assert "a rate of differences below 0.299% can go unseen" in line


def test_an_undecided_gate_says_how_many_images_would_decide() -> None:
    statistics = summarise(table(995, 5))
    lines = summary_lines(statistics, decide(Gates(min_top1_agreement=0.99), statistics, 1000))
    assert lines[-1].startswith("inconclusive: min_top1_agreement, ")
    assert "requires at least 996 of 1,000; about 150 more images would decide" in lines[-1]


def test_nothing_compared_and_nothing_at_all() -> None:
    (line,) = summary_lines(summarise(failed(2)))
    assert line == (
        "relay-host-nchw, graph: nothing was compared, 2 images not compared, 2 rows failing"
    )
    empty = summary_lines(summarise(typed({"image": []}, 0)))
    assert empty == ["The sweep has no rows: nothing was compared."]


def test_several_cases_are_named_and_names_print_nothing_else() -> None:
    rows = pd.concat([compared(1), compared(1, case="a\x1b[2J")], ignore_index=True)
    first, second = summary_lines(summarise(rows))
    assert first.startswith("a\\x1b[2J: relay-host-nchw, graph")
    assert second.startswith("cases/tiny: ")
