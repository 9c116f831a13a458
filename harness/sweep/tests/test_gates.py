"""Gates: pass, fail or inconclusive, with numbers that a reader can check by hand."""

import re
from typing import Any

import pandas as pd
import pytest

from harness.cases.gates import Gates
from harness.results.status import NOT_RUN
from harness.sweep.decisions import (
    GateOutcome,
    agreement_decision,
    drop_decision,
    mismatch_decision,
)
from harness.sweep.gates import GateResult, by_outcome, decide, exit_code
from harness.sweep.statistics import summarise
from harness.sweep.sweep_group import SweepGroup
from harness.sweep.tests.sample_tables import NAMES, compared, failed
from harness.testing.fixtures import ROOT

PASSED, FAILED, INCONCLUSIVE = GateOutcome.PASSED, GateOutcome.FAILED, GateOutcome.INCONCLUSIVE


def table(agreeing: int, differing: int, missing: int = 0, **columns: str) -> pd.DataFrame:
    """Rows that agree, mismatch and crashed."""
    same = compared(agreeing, true_class=0, **columns)
    other = compared(
        differing,
        image=[f"other-{n}.jpg" for n in range(differing)],
        status="mismatch",
        top1_equal=False,
        order_agrees=False,
        candidate_top1_class=1,
        true_class=0,
        **columns,
    )
    return pd.concat([same, other, failed(missing, **columns)], ignore_index=True)


def one(gates: Gates, rows: pd.DataFrame, selected: int | None = None) -> GateResult:
    found = decide(gates, summarise(rows), len(rows) if selected is None else selected)
    assert len(found) == 1
    return found[0]


def test_996_of_1000_pass_99_percent_and_995_are_inconclusive() -> None:
    """P(at most 4 of 1000 differ at 1 %) = 0.029, of at most 5 it is 0.066."""
    assert agreement_decision(996, 1000, 0, 0.99, 0.95).outcome is PASSED
    found = agreement_decision(995, 1000, 0, 0.99, 0.95)
    assert found.outcome is INCONCLUSIVE
    assert found.allowed == "requires at least 996 of 1,000"
    assert found.more_images == pytest.approx(150, rel=0.2)
    text = "995 of 1,000 compared images agree, 99.500%; at 95% confidence at least 98.95%"
    assert found.reason.startswith(text)
    assert agreement_decision(985, 1000, 0, 0.99, 0.95).outcome is INCONCLUSIVE
    assert agreement_decision(984, 1000, 0, 0.99, 0.95).outcome is FAILED


@pytest.mark.parametrize("bound", [0.9, 0.99, 0.999])
@pytest.mark.parametrize("images", [400, 1000, 5000])
def test_what_is_required_is_what_passes(images: int, bound: float) -> None:
    words = agreement_decision(images, images, 0, bound, 0.95).allowed
    if not words.startswith("requires"):
        fewest = int(words.split(" are ")[1].removesuffix(", all agreeing").replace(",", ""))
        assert agreement_decision(fewest, fewest, 0, bound, 0.95).outcome is PASSED
        assert agreement_decision(fewest - 1, fewest - 1, 0, bound, 0.95).outcome is INCONCLUSIVE
        return
    enough = int(words.split("at least ")[1].split(" of")[0].replace(",", ""))
    assert agreement_decision(enough, images, 0, bound, 0.95).outcome is PASSED
    assert agreement_decision(enough - 1, images, 0, bound, 0.95).outcome is not PASSED


def test_a_few_images_cannot_pass_and_the_reader_learns_how_many_could() -> None:
    """0.99^299 = 0.0495."""
    found = agreement_decision(100, 100, 0, 0.99, 0.95)
    assert found.outcome is INCONCLUSIVE
    assert found.allowed == "no result of 100 can pass; the fewest that can are 299, all agreeing"
    assert found.more_images == 200


def test_a_rate_exactly_at_the_bound_is_never_decided() -> None:
    assert agreement_decision(990, 1000, 0, 0.99, 0.95).more_images is None


def test_images_that_were_not_compared_stand_in_the_way_of_a_pass() -> None:
    assert agreement_decision(1000, 1000, 4, 0.99, 0.95).outcome is PASSED
    found = agreement_decision(1000, 1000, 20, 0.99, 0.95)
    assert found.outcome is INCONCLUSIVE
    assert "(20 images not compared, which count as different for a pass)" in found.reason
    assert found.more_images is None
    assert drop_decision(0, 0, 1000, 20, 0.01, 0.95).outcome is INCONCLUSIVE
    assert mismatch_decision(0, 1000, 20, 19).outcome is INCONCLUSIVE
    assert mismatch_decision(0, 1000, 20, 20).outcome is PASSED


def test_nothing_compared_is_inconclusive() -> None:
    gates = Gates(min_top1_agreement=0.5, max_accuracy_drop=0.5, max_mismatches=5)
    found = decide(gates, summarise(table(0, 0, 3)), 3)
    assert [one.outcome for one in found] == [INCONCLUSIVE] * 3
    assert {one.decision.reason for one in found[::2]} == {
        "nothing was compared (3 images not compared)"
    }
    assert exit_code(found) == 3


def test_a_sweep_without_rows_is_inconclusive() -> None:
    found = decide(Gates(max_mismatches=0), summarise(table(0, 0)), 0)
    assert [one.outcome for one in found] == [INCONCLUSIVE]
    assert "left no rows" in found[0].decision.reason


def test_a_candidate_that_left_no_rows_is_not_forgotten() -> None:
    gone = SweepGroup(NAMES["case"], "relax-host", "graph")
    found = decide(Gates(max_mismatches=0), summarise(table(10, 0)), 10, [gone])
    assert [(one.group.candidate, one.outcome) for one in found] == [
        ("relax-host", INCONCLUSIVE),
        (NAMES["candidate"], PASSED),
    ]


def test_an_incomplete_sweep_never_passes() -> None:
    found = one(Gates(min_top1_agreement=0.9), table(1000, 0), selected=1001)
    assert found.outcome is INCONCLUSIVE
    assert found.decision.reason.startswith("only 1,000 of 1,001 selected images finished; of ")
    assert found.decision.more_images == 1


def test_an_incomplete_sweep_fails_only_by_what_no_further_image_undoes() -> None:
    assert one(Gates(min_top1_agreement=0.9), table(10, 90), selected=101).outcome is INCONCLUSIVE
    assert one(Gates(max_mismatches=89), table(10, 90), selected=101).outcome is FAILED
    assert one(Gates(max_mismatches=90), table(10, 90), selected=101).outcome is INCONCLUSIVE


def test_images_that_were_never_run_are_not_finished() -> None:
    never = failed(1, "no_evidence", reason=NOT_RUN)
    found = one(Gates(min_top1_agreement=0.9), pd.concat([table(999, 0), never]), 1000)
    assert found.outcome is INCONCLUSIVE
    assert found.decision.reason.startswith("only 999 of 1,000 selected images finished")


def test_mismatches_that_are_known_are_not_counted() -> None:
    rows = table(10, 3)
    rows.loc[rows["status"] == "mismatch", "known_failure"] = ["issue 7", "", ""]
    assert one(Gates(max_mismatches=2), rows).outcome is PASSED
    found = one(Gates(max_mismatches=1), rows)
    assert found.outcome is FAILED
    assert found.decision.reason == "2 mismatches in 13 compared images"
    assert found.rule == "Passes where at most 1 image mismatch without a known failure."


def test_a_drop_of_accuracy() -> None:
    """20 of 1000 lost and none gained: about 2 points, Tango's bounds 1.4 to 2.9."""
    rows = table(980, 20)
    assert one(Gates(max_accuracy_drop=0.03), rows).outcome is PASSED
    assert one(Gates(max_accuracy_drop=0.02), rows).outcome is INCONCLUSIVE
    found = one(Gates(max_accuracy_drop=0.01), rows)
    assert found.outcome is FAILED
    assert "loses 20 and gains 0, a drop of +2.00 percentage points" in found.decision.reason


def test_how_many_may_be_lost() -> None:
    words = drop_decision(6, 6, 2000, 0, 0.005, 0.95).allowed
    net = int(words.split("at most ")[1].split(" more")[0])
    assert words.endswith("of 2,000, as 12 are lost or gained")
    lost = (12 + net) // 2
    assert drop_decision(lost, 12 - lost, 2000, 0, 0.005, 0.95).outcome is PASSED
    assert drop_decision(lost + 1, 11 - lost, 2000, 0, 0.005, 0.95).outcome is not PASSED


def test_more_images_of_the_same_kind_do_decide() -> None:
    found = drop_decision(6, 2, 1000, 0, 0.006, 0.95)
    assert found.outcome is INCONCLUSIVE
    assert found.more_images is not None
    factor = (1000 + found.more_images) / 1000
    lost, gained, images = (round(count * factor) for count in (6, 2, 1000))
    assert drop_decision(lost, gained, images, 0, 0.006, 0.95).outcome is PASSED


def test_a_drop_without_true_classes_is_inconclusive() -> None:
    found = one(Gates(max_accuracy_drop=0.1), compared(1000))
    assert found.outcome is INCONCLUSIVE
    assert found.decision.reason == "the true class of no compared image is known"


def test_a_gate_can_be_of_one_scope() -> None:
    rows = pd.concat([table(100, 0), table(0, 100, scope="end_to_end")], ignore_index=True)
    found = decide(Gates(max_mismatches=0, scope="graph"), summarise(rows), 100)
    assert [(one.group.scope, one.outcome) for one in found] == [("graph", PASSED)]
    found = decide(Gates(max_mismatches=0), summarise(rows), 100)
    assert [one.outcome for one in by_outcome(found)] == [FAILED, PASSED]
    assert exit_code(found) == 1
    only = decide(Gates(max_mismatches=0, scope="end_to_end"), summarise(table(9, 0)), 9)
    assert [one.outcome for one in only] == [INCONCLUSIVE]


def test_the_example_of_the_document() -> None:
    text = (ROOT / "docs" / "sweep-statistics.md").read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code) == 1
    names: dict[str, Any] = {}
    exec(code[0], names)
    found = names["found"]
    shown = f"# {found.outcome.value}, {found.allowed!r}, {found.more_images}\n"
    assert code[0].endswith(shown)


def test_exit_codes() -> None:
    passing = decide(Gates(max_mismatches=0), summarise(table(9, 0)), 9)
    assert exit_code(passing) == 0
    assert exit_code([]) == 0
    assert decide(Gates(), summarise(table(9, 0)), 9) == ()
