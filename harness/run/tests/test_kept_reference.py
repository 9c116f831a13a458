"""A later session takes the reference's scores of an earlier one, and its rows say so."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.execution import kept_answers
from harness.execution.kept_scores import KeptScores
from harness.execution.program_calls import RUN, RUN_BLOCK
from harness.execution.session import RunSession
from harness.execution.worker_call import Reply
from harness.results.result import Result
from harness.run.block import run_block
from harness.run.pipeline import run
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings
from harness.testing.tiny import write_case

NOTE = "scores are kept from an earlier run"
OTHER = {"reference_ms", "candidate_ms", "cache", "import_s", "build_s", "log", "notes"}
Way = Callable[[list[Task], RunSession], list[list[Result]]]


def one_by_one(tasks: list[Task], session: RunSession) -> list[list[Result]]:
    return [run(task, session) for task in tasks]


@pytest.fixture
def never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kept answer is asked again."""
    monkeypatch.setattr(kept_answers, "ASKED_AGAIN", 0.0)


@pytest.fixture
def tasks(fakes: Path, tmp_path: Path) -> list[Task]:
    """Two images in both scopes."""
    path = write_case(tmp_path, images=("a.jpg", "b.png"))
    return plan_file(path, Settings(reference="fake-reference"), tmp_path)


def ran(folder: Path, tasks: list[Task], way: Way, *, keeps: bool = True) -> Any:
    """The rows, and how often the reference ran."""
    calls: list[str] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        RunSession(
            folder / "builds",
            reference_stack="fake-reference",
            keeps_reference=keeps,
            explains=False,
        ) as session,
    ):
        call = session.workers.call

        def noted(name: str, environment: Any, function: str, *rest: Any) -> Reply:
            if name.startswith("fake-reference") and function in (RUN, RUN_BLOCK):
                calls.append(function)
            return call(name, environment, function, *rest)

        patch.setattr(session.workers, "call", noted)
        rows = [result.row.payload() for results in way(tasks, session) for result in results]
    return rows, len(calls)


def same(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {k: re.sub("0x[0-9a-f]+", "", str(v)) for k, v in row.items() if k not in OTHER}
        for row in rows
    ]


@pytest.mark.usefixtures("never_again")
@pytest.mark.parametrize("way", [run_block, one_by_one])
def test_the_reference_does_not_run_for_what_an_earlier_session_kept(
    tmp_path: Path, tasks: list[Task], way: Way
) -> None:
    first, runs = ran(tmp_path, tasks, way)
    assert runs > 0
    second, again = ran(tmp_path, tasks, way)
    assert again == 0
    assert same(second) == same(first)
    assert not any(NOTE in row["notes"] for row in first)
    assert all(NOTE in row["notes"] for row in second)


@pytest.mark.usefixtures("never_again")
def test_without_the_option_nothing_is_kept_or_taken(tmp_path: Path, tasks: list[Task]) -> None:
    ran(tmp_path, tasks, one_by_one)
    rows, runs = ran(tmp_path, tasks, one_by_one, keeps=False)
    assert runs > 0
    assert not any(NOTE in row["notes"] for row in rows)


def test_an_answer_that_moved_since_it_was_kept_leaves_nothing_to_judge_against(
    tmp_path: Path, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answers, "ASKED_AGAIN", 1.0)
    ran(tmp_path, tasks, one_by_one)
    store = KeptScores(tmp_path / "builds" / "scores")
    for path in store.root.glob("*/*"):
        scores = store.get(path.name)
        assert scores is not None
        store.put(path.name, scores[..., ::-1])
    rows, _ = ran(tmp_path, tasks, one_by_one)
    assert {row["status"] for row in rows} == {"reference_unstable"}
    assert all("not those kept from an earlier run" in row["notes"] for row in rows)
