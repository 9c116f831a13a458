"""The tables of a proof, and what counts as proved."""

from pathlib import Path

import pytest

from harness.proof.proof_row import ProofRow, as_csv, read
from harness.proof.tables import Proof, proof_tables
from harness.proof.tests.proof_rows import make_proof_row

FOUND = {"moved": 2e-4, "status": "mismatch"}
MISSED = {"moved": 2e-4, "status": "within_noise"}
SOUND = {"change": "none", "kind": ""}


def _proof(*rows: ProofRow) -> Proof:
    return Proof(rows, {})


def test_faults_are_counted_by_their_size_by_saturation_and_by_candidate() -> None:
    text = proof_tables(
        _proof(
            make_proof_row(**FOUND),
            make_proof_row(**FOUND, top_score=0.999, candidate="relay-host"),
            make_proof_row(moved=7e-5, status="match"),
            make_proof_row(moved=1e-5, status="match"),
            make_proof_row(**SOUND, top_score=0.999),
        )
    )
    assert "| truth moves by | all | top score above 0.99 | below |" in text
    assert "| more than 10 × noise | 2 of 2 found | 1 of 1 found | 1 of 1 found |" in text
    assert "| 5 to 10 × noise | 0 of 1 found | – | 0 of 1 found |" in text
    assert "| truth moves by | relax-host | relay-host |" in text
    assert "| models as they are | 0 alarms in 1 | 0 alarms in 1 | 0 alarms in 0 |" in text
    assert "| weight_scaled | 4 | 20 | 7 |" in text


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ((FOUND, SOUND), True),
        ((MISSED, SOUND), False),
        ((FOUND, MISSED, SOUND), False),
        ((FOUND, {**SOUND, "status": "mismatch"}), False),
        ((FOUND, {**SOUND, "status": "import_failed"}), False),
        ((FOUND,), False),
        ((SOUND,), False),
        ((*[FOUND] * 19, {"moved": 7e-5}, SOUND), True),
        ((*[FOUND] * 18, {"moved": 7e-5}, SOUND), False),
        ((FOUND, {"moved": 4e-5}, SOUND), True),
    ],
)
def test_a_proof_holds_where_enough_is_found_and_nothing_sound_fails(
    rows: tuple[dict[str, object], ...], holds: bool
) -> None:
    assert _proof(*(make_proof_row(**row) for row in rows)).holds is holds


def test_what_is_missed_and_false_alarms_are_named() -> None:
    rows = [
        make_proof_row(**MISSED, where="conv|a"),
        make_proof_row(change="rewrite", kind="identities", status="mismatch"),
    ]
    text = proof_tables(_proof(*rows))
    assert "| net | weight_scaled | conv\\|a | owl.jpg | relax-host | 20 | within_noise |" in text
    assert "| net | identities | conv | owl.jpg | relax-host | 0 | mismatch |" in text
    assert "Missed faults" not in proof_tables(_proof(make_proof_row(**FOUND)))


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [
        make_proof_row(**FOUND, where='=a,"b"\n'),
        make_proof_row(**SOUND, moved=float("nan"), image="\x1b[2J.jpg"),
    ]
    (tmp_path / "proof.csv").write_text(as_csv(rows), encoding="utf-8", newline="")
    found = read(tmp_path / "proof.csv")
    assert as_csv(found) == as_csv(rows)
    assert [row.where for row in found] == [row.where for row in rows]
    assert found[1].image == "\x1b[2J.jpg"
