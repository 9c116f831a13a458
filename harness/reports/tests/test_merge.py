"""Several run folders → one report."""

from collections.abc import Sequence
from pathlib import Path

from harness.reports import merging
from harness.reports.folder import RunFolder
from harness.reports.stored_run import read, rewrite
from harness.results.result import Result
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_run


def _merged(folders: Sequence[Path]) -> list[Result]:
    return merging.merged_results([read(folder)[1] for folder in folders])


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
