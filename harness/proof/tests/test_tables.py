"""Counts of a proof, and its tables."""

import math
from pathlib import Path
from typing import Any

import pytest

from harness.proof.kept import KeptJob, KeptResults, ProofRow
from harness.proof.tables import SHOWN, proof_tables
from harness.proof.tally import Proof, by_class
from harness.results.status import Status


def row(status: Status = Status.MATCH, **fields: Any) -> ProofRow:
    named = {"model": "net", "route": "relax-host", "photo": "a.png", "what": "whole", "top": 0.5}
    return ProofRow(**{**named, "status": status, **fields})


def fault(times: float, status: Status = Status.MISMATCH, **fields: Any) -> ProofRow:
    amount = times if math.isfinite(times) else 0.0  # rows of other amounts are other rows
    named = {"what": "fault", "kind": "weight_scaled", "where": "conv", "amount": amount}
    return row(status, times=times, **{**named, **fields})


def tally(*rows: ProofRow, inapplicable: tuple[str, ...] = ()) -> Proof:
    command = ("parity", "prove", "--photo", "a photo.png")
    job = KeptJob(command=command, model="net", route="relax-host", inapplicable=inapplicable,
                  rows=rows)  # fmt: skip
    return Proof((job,))


def test_faults_are_counted_by_how_far_they_move_truth() -> None:
    rows = [fault(times) for times in (2.9, 3.0, 3.1, 5.0, 7.0, 10.0, 11.0, float("inf"))]
    rows.append(fault(9.0, Status.WITHIN_NOISE))
    found = {name: str(count) for name, count in by_class(rows).items()}
    assert found == {"> 10": "2 of 2", "5 to 10": "2 of 3", "3 to 5": "2 of 2", "≤ 3": "2 of 2"}


HEALTHY = row()
CLEAR = [fault(6.0 + number / 100) for number in range(19)]


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ([HEALTHY, fault(11.0)], True),
        ([HEALTHY, fault(11.0, Status.MATCH)], False),
        ([HEALTHY, fault(11.0, Status.IMPORT_FAILED)], True),  # nothing was compared
        ([HEALTHY, *CLEAR, fault(7.0, Status.MATCH)], True),
        ([HEALTHY, *CLEAR[1:], fault(7.0, Status.MATCH)], False),
        ([HEALTHY, fault(4.0, Status.MATCH)], True),
        ([row(Status.MISMATCH), fault(11.0)], False),
        ([fault(11.0)], False),  # no healthy row was compared
        ([], False),
    ],
)
def test_the_bars(rows: list[ProofRow], holds: bool) -> None:
    assert tally(*rows).holds is holds


def test_the_tables_say_what_was_found_where_and_what_was_not() -> None:
    text = proof_tables(
        tally(
            HEALTHY,
            row(top=0.999, photo="b.png"),
            row(Status.MISMATCH, what="rewrite", kind="softmax_by_hand", times=0.01, reason="a|b"),
            fault(12.0),
            fault(6.5, top=0.995),
            fault(6.0, Status.WITHIN_NOISE),
            fault(float("nan")),
            row(Status.IMPORT_FAILED, what="rewrite", kind="nodes_reordered", reason="no Erf"),
            row(Status.IMPORT_FAILED, photo="c.png", reason="no Erf"),
            inapplicable=("bn_epsilon",),
        )
    )
    assert "| faults of more than 10 times the noise | 1 | 1 found |" in text
    assert "| faults of more than 5 times the noise | 3 | 2 found |" in text
    assert "| healthy rows | 3 | 1 false alarms |" in text
    assert "| relax-host | 1 of 1 | 1 of 2 |  |  | 3 | 1 | 1 |" in text
    assert "| above 0.99 |  | 1 of 1 |  |  | 1 | 1 | 0 |" in text
    assert "| weight_scaled | 3 | 6.5 | 6 |" in text
    assert "| softmax_by_hand | 1 | 1 | 0.01 |  |" in text
    missed, alarms, nothing = text.split("\n## ")[-4:-1]
    assert "| net | relax-host | a.png | weight_scaled conv | 6 | 0.5 | within_noise |" in missed
    assert r"| mismatch | a\|b |" in alarms
    assert "| net | relax-host | 2 | import_failed | no Erf |" in nothing
    assert "| net | relax-host | 1 | mismatch | how far the fault moves float64 truth" in nothing
    assert "No place in net for: bn_epsilon." in text
    assert "    parity prove --photo 'a photo.png'" in text


def test_named_nodes_are_counted_and_others_listed() -> None:
    """Of a row that two jobs have, the one in which the node was looked for counts."""
    right = fault(12.0, naming="right", named="conv")
    wrong = fault(13.0, naming="wrong", named="dense; pool|max")
    none = fault(14.0, naming="not located", named="rounding explains the error of every kernel")
    small = fault(9.0, naming="not located")
    first, second = tally(HEALTHY, right, wrong, none, small), tally(fault(12.0))
    text = proof_tables(Proof((*first.jobs, *second.jobs)))
    assert "| net by relax-host | 3 | 1 | 1 | 1 |" in text
    assert r"| net | relax-host | weight_scaled conv | 13 | wrong | dense; pool\|max |" in text
    assert "not located | rounding explains the error of every kernel |" in text
    assert "## The node" not in proof_tables(second)


def test_long_lists_say_how_many_they_leave_out() -> None:
    alarms = [row(Status.MISMATCH, photo=f"{number}.png") for number in range(SHOWN + 3)]
    assert "And 3 more." in proof_tables(tally(*alarms))


def test_a_row_of_a_later_job_replaces_an_earlier_one() -> None:
    first, second = tally(fault(12.0, Status.MATCH)), tally(fault(12.0), HEALTHY)
    assert Proof((*first.jobs, *second.jobs)).holds
    assert not Proof((*second.jobs, *first.jobs)).holds


def test_kept_results_come_back_as_they_were(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    (job,) = tally(fault(float("inf")), fault(12.5), row()).jobs
    assert not kept.has("0" * 40, "net", "relax-host")
    kept.put("0" * 40, job)
    assert kept.has("0" * 40, "net", "relax-host")
    assert not kept.has("1" * 40, "net", "relax-host")
    (found,) = kept.jobs()
    assert found.model_dump_json() == job.model_dump_json()


def test_reasons_are_kept_of_rows_that_did_not_end_as_they_should(tmp_path: Path) -> None:
    """A proof has thousands of rows, and its folder is committed."""
    kept = KeptResults(tmp_path)
    rows = fault(12.5), fault(12.5, Status.MATCH), row(), row(Status.MISMATCH)
    named = fault(12.5, naming="right", named="a"), fault(12.5, naming="wrong", named="b")
    (job,) = tally(*(one.model_copy(update={"reason": "why"}) for one in (*rows, *named))).jobs
    kept.put("0" * 40, job)
    (found,) = kept.jobs()
    assert [one.reason for one in found.rows] == ["", "why", "", "why", "", ""]
    assert [one.named for one in found.rows] == ["", "", "", "", "", "b"]
