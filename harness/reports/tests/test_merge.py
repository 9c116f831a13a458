"""Several run folders → one report."""

import weakref
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import pytest

from harness.reports import merging
from harness.reports.folder import RunFolder
from harness.reports.read_rows import read_rows
from harness.reports.recorder import Recorder
from harness.reports.stored_run import read, rewrite
from harness.results.result import Result
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_run


def _merged(folders: Sequence[Path]) -> list[Result]:
    return list(merging.merged_results([read(folder)[1] for folder in folders]))


def _folder(root: Path, *results: Result, exit_status: int = 0) -> Path:
    folder = RunFolder.create(root)
    folder.finish(make_run(exit_status), results)
    return folder.path


def test_an_answer_takes_the_place_of_another_environments_skip(tmp_path: Path) -> None:
    skip = make_result(status=Status.MISSING_STACK)
    bad = make_result(status=Status.MISMATCH)
    first, second = _folder(tmp_path, skip), _folder(tmp_path, bad)
    for order in ([first, second], [second, first]):
        assert [r.row.status for r in _merged(order)] == [Status.MISMATCH]


def test_two_answers_both_stay_and_two_skips_are_one(tmp_path: Path) -> None:
    good, bad = make_result(), make_result(status=Status.MISMATCH)
    skips = [make_result(image="x", status=Status.NO_DEVICE, reason=r) for r in ("a", "b")]
    first = _folder(tmp_path, good, skips[0])
    second = _folder(tmp_path, bad, skips[1])
    found = [r.row.status.value for r in _merged([first, second])]
    assert found == ["match", "no_device", "mismatch"]


def test_the_same_folder_twice_counts_once(tmp_path: Path) -> None:
    path = _folder(tmp_path, make_result())
    assert len(_merged([path, path])) == 1


def test_two_equal_rows_of_one_run_stay_two(tmp_path: Path) -> None:
    path = _folder(tmp_path, make_result(), make_result())
    assert len(_merged([path])) == 2


def test_several_folders_make_a_new_one_that_shows_them_all(tmp_path: Path) -> None:
    paths = [
        _folder(tmp_path, make_result(candidate="relay")),
        _folder(tmp_path, make_result(candidate="relax"), exit_status=2),
    ]
    folder, written = rewrite(paths, ["parity", "report"])
    assert folder.path not in paths
    run, results = read(folder.path)
    assert [r.row.candidate for r in results] == ["relay", "relax"]
    assert (len(run.merged_from), run.exit_status) == (2, 2)
    page = (folder.path / "report.html").read_text()
    assert all(part.id in page for part in run.merged_from)
    assert "exit status 2" in page
    assert {path.parent for path in written.paths} == {folder.path}


def test_rewriting_an_old_folder_leaves_latest_alone(tmp_path: Path) -> None:
    old = RunFolder.create(tmp_path, make_run(id="20200101T000000Z-000000"))
    old.finish(make_run(), [make_result()])
    new = _folder(tmp_path, make_result())
    rewrite([old.path])
    assert (tmp_path / "latest").resolve() == new


def test_a_skip_of_one_model_stays_when_another_model_was_answered(tmp_path: Path) -> None:
    skip = make_result(status=Status.MISSING_STACK, model_sha256="a" * 64)
    answer = make_result(model_sha256="b" * 64)
    found = _merged([_folder(tmp_path, skip), _folder(tmp_path, answer)])
    assert [(r.row.status, r.row.model_sha256[0]) for r in found] == [
        (Status.MISSING_STACK, "a"),
        (Status.MATCH, "b"),
    ]


def test_a_skip_is_answered_by_the_same_files_under_other_names(tmp_path: Path) -> None:
    digests = {"model_sha256": "a" * 64, "image_sha256": "b" * 64}
    skip = make_result(status=Status.MISSING_STACK, image="copy.jpg", **digests)
    found = _merged([_folder(tmp_path, skip), _folder(tmp_path, make_result(**digests))])
    assert [r.row.status for r in found] == [Status.MATCH]


def test_a_skip_of_another_image_under_the_same_name_stays(tmp_path: Path) -> None:
    skip = make_result(status=Status.MISSING_STACK, image_sha256="a" * 64)
    answer = make_result(image_sha256="b" * 64)
    assert len(_merged([_folder(tmp_path, skip), _folder(tmp_path, answer)])) == 2


def test_a_version_that_could_not_be_had_stays_beside_another_one_s_answer(tmp_path: Path) -> None:
    """And says why its stack is missing, in place of an environment that never had it."""
    missing = make_result(status=Status.MISSING_STACK, candidate_version="0.25.0")
    plain = make_result(status=Status.MISSING_STACK)
    both = _merged([_folder(tmp_path, missing), _folder(tmp_path, make_result())])
    assert [r.row.status for r in both] == [Status.MISSING_STACK, Status.MATCH]
    (alone,) = _merged([_folder(tmp_path, missing), _folder(tmp_path, plain)])
    assert alone.row.candidate_version == "0.25.0"


def test_a_run_of_skips_alone_fails_a_merged_report_by_itself_only(tmp_path: Path) -> None:
    skips = _folder(tmp_path, make_result(status=Status.MISSING_STACK), exit_status=5)
    answers = _folder(tmp_path, make_result())
    assert read(rewrite([skips, answers])[0].path)[0].exit_status == 0
    other = _folder(tmp_path, make_result(image="x", status=Status.NO_DEVICE), exit_status=5)
    assert read(rewrite([skips, other])[0].path)[0].exit_status == 5


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_tables_do_not_depend_on_the_order_of_the_folders(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    skips = [make_result(image="x", status=Status.NO_DEVICE, reason=reason) for reason in "ab"]
    rows = ((make_result(), skips[0]), (make_result(kl=1.0), skips[1]), (make_result(scope="z"),))
    paths = []
    for number, results in enumerate(rows):
        folder = RunFolder.create(tmp_path / str(number), make_run(id=f"2020010{number}T000000Z-0"))
        folder.finish(make_run(), results)
        paths.append(folder.path)
    expected, _ = rewrite(paths)
    merged, _ = rewrite([paths[place] for place in order])
    for table in ("rows.csv", "topk.csv"):
        assert (merged.path / table).read_text() == (expected.path / table).read_text()
    assert len(read_rows(merged.path)) == 4
    assert list(read_rows(merged.path)["reason"]) == ["", "a", "", ""]


def test_each_row_of_a_merged_report_says_which_run_it_is_of(tmp_path: Path) -> None:
    paths = []
    for _ in range(2):
        recorder = Recorder(tmp_path, ["parity"])
        recorder.append(make_result())
        recorder.finish(0)
        assert recorder.path
        paths.append(recorder.path)
    merged, _ = rewrite(paths)
    assert sorted(read_rows(merged.path)["run_id"]) == sorted(path.name for path in paths)


def test_merging_holds_no_results_in_memory() -> None:
    """Each result is let go before the next one is asked for."""
    alive: list[weakref.ref[Result]] = []

    class Run:
        def __iter__(self) -> Iterator[Result]:
            for number in range(50):
                result = make_result(image=str(number))
                alive.append(weakref.ref(result))
                yield result
                del result
                assert sum(ref() is not None for ref in alive) <= 3

    assert sum(1 for _ in merging.merged_results([Run(), Run()])) == 50
