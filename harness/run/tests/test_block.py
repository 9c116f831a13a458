"""Images that are run in blocks get the rows that each gets by itself."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.execution.session import RunSession
from harness.execution.worker_call import Reply
from harness.results.result import Result
from harness.results.status import Status
from harness.run.block import run_block
from harness.run.pipeline import run
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings
from harness.testing.tiny import write_case, write_dark

IMAGES = ("a.jpg", "b.png", "dark.png", "c.jpg")
TIMES = {"reference_ms", "candidate_ms", "cache", "import_s", "build_s", "log"}
Ran = tuple[list[list[Result]], list[list[Result]]]


@pytest.fixture
def run_both(fakes: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Runs the images of a case in one block, and one by one."""

    def results(*targets: str, spoil: str = "", gone: str = "") -> Ran:
        candidates = [f"stack = 'fake'\ntarget = '{target}'" for target in targets]
        path = write_case(tmp_path, images=IMAGES, candidates=candidates)
        write_dark(path.parent / "dark.png")
        tasks = plan_file(path, Settings(reference="fake-reference", cache=tmp_path), tmp_path)
        if spoil:
            (path.parent / spoil).write_bytes(b"no image")
        if gone:
            (path.parent / gone).unlink()
        with _session(tmp_path) as session:
            block = run_block(tasks, session)
        with _session(tmp_path) as session:
            return block, [run(task, session) for task in tasks]

    return results


def _session(folder: Path) -> RunSession:
    return RunSession(folder / "builds", reference_stack="fake-reference", explains=False)


def columns(rows: Sequence[Sequence[Result]]) -> list[dict[str, str]]:
    return [
        {k: re.sub("0x[0-9a-f]+", "", str(v)) for k, v in row.items() if k not in TIMES}
        for results in rows
        for result in results
        for row in [result.row.payload()]
    ]


def statuses(rows: Sequence[Sequence[Result]]) -> list[Status]:
    return [results[0].row.status for results in rows]


def test_a_block_gives_the_rows_of_the_single_runs(run_both: Callable[..., Ran]) -> None:
    block, single = run_both("calm", "shifted-on-dark")
    assert columns(block) == columns(single)
    assert [result.topk for results in block for result in results] == [
        result.topk for results in single for result in results
    ]
    assert statuses(block).count(Status.MISMATCH) == 1


@pytest.mark.parametrize("how", ["abort", "fail", "exhausted"])
def test_an_image_that_ends_the_program_costs_itself_alone(
    run_both: Callable[..., Ran], how: str
) -> None:
    block, single = run_both(f"{how}-run-on-dark")
    assert columns(block) == columns(single)
    assert [status.passing for status in statuses(block)] == [True, True, False, True]


@pytest.mark.parametrize("wrong", [{"spoil": "b.png"}, {"gone": "b.png"}])
def test_a_file_that_is_no_image_costs_itself_alone(
    run_both: Callable[..., Ran], wrong: dict[str, str]
) -> None:
    block, single = run_both("calm", "louder", **wrong)
    assert columns(block) == columns(single)
    assert statuses(block)[0] is Status.MATCH
    assert not any(status.passing for status in statuses(block)[2:4])


def test_a_candidate_that_can_not_be_built_fails_all_of_its_rows(
    run_both: Callable[..., Ran],
) -> None:
    block, single = run_both("calm", "fail-build")
    assert columns(block) == columns(single)
    assert statuses(block) == [Status.MATCH, Status.COMPILE_FAILED] * 4


def test_tasks_of_a_block_are_run_once_by_each_program(
    fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_case(tmp_path, images=IMAGES)
    tasks: list[Task] = plan_file(path, Settings(reference="fake-reference"), tmp_path)
    with _session(tmp_path) as session:
        calls: list[tuple[str, str]] = []
        call = session.workers.call

        def noted(name: str, environment: Any, function: str, *rest: Any) -> Reply:
            calls.append((name, function))
            return call(name, environment, function, *rest)

        monkeypatch.setattr(session.workers, "call", noted)
        run_block(tasks, session)
    blocks = sorted(name for name, function in calls if function.endswith("run_block"))
    assert blocks == ["fake", "fake-reference", "fake-reference"]


def test_the_noise_of_the_decoder_is_asked_of_all_photos_in_doubt_at_once(
    fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = "tolerance.end_to_end = { atol = 1e-6 }"
    candidates = ["stack = 'fake'\ntarget = 'louder'"]
    path = write_case(tmp_path, images=IMAGES, candidates=candidates, top=tight)
    tasks: list[Task] = plan_file(path, Settings(reference="fake-reference"), tmp_path)
    with _session(tmp_path) as session:
        images: list[int] = []
        call = session.workers.call

        def noted(name: str, environment: Any, function: str, *rest: Any) -> Reply:
            if name == "fake-reference" and function.endswith("run_block"):
                images.append(len(rest[1]))
            return call(name, environment, function, *rest)

        monkeypatch.setattr(session.workers, "call", noted)
        block = run_block(tasks, session)
    assert set(statuses(block)) == {Status.MISMATCH}
    assert images == [4, 4, 2]  # on the tensor, on the file, and the two JPEGs' other decoding
