"""The record of a run."""

import re
import secrets
from datetime import UTC, datetime

import pytest

from harness.results.run_record import RunRecord, new_id, quote


def test_a_run_survives_json_and_knows_whether_it_ended() -> None:
    begun = RunRecord.begin(["parity", "check"])
    assert begun.finished is None
    assert begun.exit_status is None
    ended = begun.end(1, {"tensorflow": "2.21.0"})
    assert (ended.id, ended.exit_status, ended.programs) == (begun.id, 1, {"tensorflow": "2.21.0"})
    assert RunRecord.model_validate_json(ended.model_dump_json()) == ended


def test_ids_sort_by_time_and_differ_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    early = datetime(2026, 11, 22, 20, 59, tzinfo=UTC)
    assert re.fullmatch(r"20261122T205900Z-[0-9a-f]{6}", new_id(early))
    assert new_id(early) < new_id(early.replace(hour=21))
    drawn = iter(range(20))
    monkeypatch.setattr(secrets, "token_hex", lambda size: f"{next(drawn):0{2 * size}x}")
    assert len({new_id(early) for _ in range(20)}) == 20


def test_a_command_keeps_no_password_and_no_undecodable_byte() -> None:
    shown = quote(["parity", "--mirror", "https://me:secret@host/", "a\udcff.jpg"])
    assert "secret" not in shown
    assert "host" in shown
    shown.encode("utf-8")
