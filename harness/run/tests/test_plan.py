"""From a case to its tasks and the rows that they must produce, before any work is done."""

import hashlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cases.asset_sections import Image, ModelSource
from harness.cases.candidate import Candidate
from harness.cases.case import Case
from harness.cases.expectation import KnownFailure, Published
from harness.errors import CaseError
from harness.results.status import Status
from harness.run import case_checks
from harness.run.plan import Task, plan, plan_command, plan_file
from harness.run.settings import Settings
from harness.testing.tiny import write_case, write_image

RELAY = (Candidate(),)
PlanTasks = Callable[..., list[Task]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache", mirror=None, offline=True)


@pytest.fixture
def tasks(tmp_path: Path, settings: Settings) -> PlanTasks:
    """The tasks of a case with these images, candidates and other keys."""

    def made(
        images: Sequence[str] = ("a.jpg",), candidates: Sequence[Candidate] = RELAY, **keys: Any
    ) -> list[Task]:
        case = Case(
            model=ModelSource(path="model.pb"),
            images=[Image(path=path) for path in images],
            candidates=candidates,
            **keys,
        )
        return plan("tiny", case, settings.assets(tmp_path), settings.reference)

    return made


def test_there_is_a_task_for_every_image_and_candidate_in_the_order_of_the_case(
    tasks: PlanTasks,
) -> None:
    found = tasks(("b.jpg", "a.jpg"), (Candidate(layout="NCHW"), Candidate(target="host")))
    assert [task.id for task in found] == [
        "b.jpg[relay-llvm-nchw]",
        "b.jpg[relay-host]",
        "a.jpg[relay-llvm-nchw]",
        "a.jpg[relay-host]",
    ]
    assert {task.name for task in found} == {"tiny"}


def test_a_glob_stands_for_every_file_it_matches(tasks: PlanTasks, tmp_path: Path) -> None:
    for name in ("2.jpg", "1.jpg", "3.png"):
        write_image(tmp_path / name)
    assert [task.image.name for task in tasks(("*.jpg",))] == ["1.jpg", "2.jpg"]


def test_ids_are_unique_where_files_share_a_name(tasks: PlanTasks) -> None:
    found = [task.id for task in tasks(("cats/1.jpg", "dogs/1.jpg"))]
    assert found == ["cats-1.jpg[relay-llvm]", "dogs-1.jpg[relay-llvm]"]


def test_an_absent_image_still_has_a_row_for_each_scope(tasks: PlanTasks) -> None:
    (task,) = tasks(("absent.jpg",))
    results = task.ended(Status.MISSING_ASSET, "it is absent")
    assert [result.row.scope for result in results] == ["graph", "end_to_end"]
    for result in results:
        assert result.row.status == Status.MISSING_ASSET
        assert result.row.reason == "it is absent"
        assert result.row.image == "absent.jpg"


def test_a_glob_that_matches_no_file_is_a_case_error(tasks: PlanTasks, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=rf"path '\*\.jpg' matches no file in {tmp_path}"):
        tasks(("*.jpg",))


def test_a_row_without_measurements_says_what_it_is_about(tasks: PlanTasks) -> None:
    candidate = Candidate(target="llvm -mcpu=core-avx2", layout="NHWC", opt_level=1)
    (task,) = tasks(candidates=(candidate,))
    row = task.row("graph", Status.CRASHED, "signal 6")
    assert (row.case, row.image, row.scope) == ("tiny", "a.jpg", "graph")
    assert (row.candidate, row.stack) == ("relay-llvm-core-avx2-nhwc-o1", "relay")
    assert (row.target, row.layout, row.opt_level) == (candidate.target, "NHWC", 1)
    assert (row.status, row.reason) == ("crashed", "signal 6")
    assert (row.reference_program, row.candidate_program) == ("TensorFlow", "TVM")
    assert math.isnan(row.max_abs)  # not measured
    assert row.max_abs_class is None


def test_only_the_scopes_of_the_case_have_rows(tasks: PlanTasks) -> None:
    (task,) = tasks(scopes=("end_to_end",))
    assert [r.row.scope for r in task.ended(Status.TIMED_OUT, "")] == ["end_to_end"]


def test_a_case_file_s_tasks_carry_its_name_and_the_limits_of_the_run(
    tmp_path: Path, settings: Settings
) -> None:
    path = write_case(tmp_path, images=("a.jpg", "b.png"), candidates=("stack = 'relay'",))
    found = plan_file(path, settings, tmp_path)
    assert [task.name for task in found] == ["cases/tiny", "cases/tiny"]
    assert found[0].case.limits.run_timeout_s == 300
    bounded = Settings(cache=settings.cache, mirror=None, run_timeout=5, memory_gib=1)
    limits = plan_file(path, bounded, tmp_path)[0].case.limits
    assert (limits.run_timeout_s, limits.memory_gib, limits.build_timeout_s) == (5, 1, 1800)


def test_a_case_file_that_is_wrong_is_a_case_error(tmp_path: Path, settings: Settings) -> None:
    path = write_case(tmp_path, top="colour = 1")
    with pytest.raises(CaseError, match="unknown key 'colour'"):
        plan_file(path, settings, tmp_path)


def test_an_unknown_stack_is_a_case_error_that_names_the_known_ones(tasks: PlanTasks) -> None:
    known = "nearest: relay, relax; all: tensorflow, relay, relax, relax-onnx, relax-tflite"
    with pytest.raises(CaseError, match=f"unknown stack 'rely'; {known}"):
        tasks(candidates=(Candidate(stack="rely"),))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"image": "b.jpg"}, "known_failures.0.image: 'b.jpg' matches none of this case; nea"),
        ({"candidate": "relax*"}, "candidate: 'relax.*' matches none of this case; .*relay-llvm"),
        ({"scope": "end_to_end"}, "scope: 'end_to_end' matches none of this case; known: graph"),
    ],
)
def test_a_known_failure_of_nothing_is_a_case_error(
    tasks: PlanTasks, known: dict[str, Any], words: str
) -> None:
    failure = KnownFailure(**known, reason="why")
    with pytest.raises(CaseError, match=words):
        tasks(known_failures=(failure,), scopes=("graph",))


def test_published_scores_of_nothing_are_a_case_error(tasks: PlanTasks) -> None:
    def published(image: str) -> Any:
        return (Published(image=image, side="reference", top=(("owl", 0.5),)),)

    with pytest.raises(CaseError, match=r"published\.0\.image: 'b' matches none .*: a\.jpg"):
        tasks(published=published("b"))
    with pytest.raises(CaseError, match="'end_to_end' matches none of this case"):
        tasks(published=published("a.jpg"), scopes=("graph",))


def test_names_that_only_another_machine_knows_are_not_refused(tasks: PlanTasks) -> None:
    """Of a pattern in a package that is not installed the names are unknown."""
    image = Image(package="no-such-parity", file="a/*.jpg")
    known = KnownFailure(image="rocket.jpg", reason="why")
    case = Case(model=ModelSource(path="m"), images=(image,), known_failures=(known,))
    assets = tasks()[0].assets
    assert len(plan("tiny", case, assets, "tensorflow")) == 1


def test_more_comparisons_than_a_run_can_hold_are_refused(
    tasks: PlanTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_checks, "MAX_TASKS", 3)
    assert len(tasks(("a.jpg", "b.jpg", "c.jpg"))) == 3
    with pytest.raises(CaseError, match="4 images × 1 candidates; at most 3 comparisons"):
        tasks(("a.jpg", "b.jpg", "c.jpg", "d.jpg"))


def test_paths_of_the_command_line_may_lead_anywhere(tmp_path: Path, settings: Settings) -> None:
    image = write_image(tmp_path / "a.jpg")
    case = Case(
        model=ModelSource(path="model.pb"), images=[Image(path=str(image))], candidates=RELAY
    )
    (task,) = plan_command("check", case, settings)
    assert task.assets.fetch(task.image) == image


def test_a_row_in_which_nothing_was_compared_has_the_digests_of_its_files(
    tmp_path: Path, settings: Settings
) -> None:
    path = write_case(tmp_path, images=("a.jpg",), candidates=("stack = 'relay'",))
    (task,) = plan_file(path, settings, tmp_path)
    row = task.ended(Status.CRASHED, "")[0].row
    image, model = (path.parent / name for name in ("a.jpg", "model.pb"))
    assert row.image_sha256 == hashlib.sha256(image.read_bytes()).hexdigest()
    assert row.model_sha256 == hashlib.sha256(model.read_bytes()).hexdigest()
    assert row.candidate_model_sha256 == row.model_sha256
    image.unlink()
    gone = task.ended(Status.MISSING_ASSET, "")[0].row
    assert (gone.image_sha256, gone.model) == ("", "model.pb")


def test_two_case_files_of_one_stem_are_two_cases(tmp_path: Path, settings: Settings) -> None:
    names = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = write_case(tmp_path / folder, candidates=("stack = 'relay'",))
        names += [task.name for task in plan_file(path, settings, tmp_path)]
    assert names == ["a/cases/tiny", "b/cases/tiny"]
