"""A journal's lines, and the results that are read back from them."""

import json
from pathlib import Path

from harness.reports.folder import RunFolder
from harness.reports.stored_run import rewrite
from harness.reports.tests.page_reading import thumbnail
from harness.results import journal
from harness.results.result import DecodedPictures, Result
from harness.results.stored_results import StoredResults
from harness.testing.sample_rows import make_result, make_run

RED, BLUE = thumbnail("red"), thumbnail("blue")


def shown(picture: str, **fields: object) -> Result:
    return make_result(**fields).model_copy(update={"thumbnail": picture})


def journal_of(root: Path, *results: Result) -> Path:
    folder = RunFolder.create(root, make_run())
    for result in results:
        folder.append(result)
    return folder.journal


def test_each_thumbnail_stands_in_the_journal_once_and_comes_back(tmp_path: Path) -> None:
    pictures = [RED, BLUE, RED, "", RED]
    path = journal_of(tmp_path, *(shown(p, image=str(n)) for n, p in enumerate(pictures)))
    content = path.read_text()
    assert (content.count(RED), content.count(BLUE)) == (1, 1)
    found = StoredResults(path)
    assert [result.thumbnail for result in found] == pictures
    assert [found[place].thumbnail for place in range(len(found))] == pictures
    assert [found[-1].row.image, *(result.row.image for result in found[1:3])] == ["4", "1", "2"]


def test_decoded_pictures_stand_there_once_too(tmp_path: Path) -> None:
    decoded = DecodedPictures(uri=BLUE, values=9, differing=3, largest=1, factor=255)
    whole = shown(RED).model_copy(update={"decoded": decoded})
    path = journal_of(tmp_path, whole, whole.model_copy(update={"thumbnail": BLUE}))
    content = path.read_text()
    assert (content.count(RED), content.count(BLUE)) == (1, 1)
    assert [result.decoded for result in StoredResults(path)] == [decoded] * 2
    copied = tmp_path / "copy.jsonl"
    journal.write(copied, StoredResults(path))
    assert list(StoredResults(copied)) == list(StoredResults(path))


def test_the_page_that_is_made_again_has_the_thumbnails(tmp_path: Path) -> None:
    path = journal_of(tmp_path, shown(RED), shown(RED, scope="end_to_end"))
    rewrite([path.parent])
    assert RED in (path.parent / "report.html").read_text()


def test_merged_runs_keep_their_thumbnails(tmp_path: Path) -> None:
    paths = [
        journal_of(tmp_path / name, shown(picture, candidate=name)).parent
        for name, picture in (("a", RED), ("b", BLUE))
    ]
    merged, _ = rewrite(paths)
    assert {result.thumbnail for result in StoredResults(merged.journal)} == {RED, BLUE}


def test_a_thumbnail_that_is_lost_costs_no_row(tmp_path: Path) -> None:
    path = journal_of(tmp_path, shown(RED))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if RED.encode() not in line))
    assert [result.thumbnail for result in StoredResults(path)] == [""]


def test_a_line_has_no_column_that_has_its_default(tmp_path: Path) -> None:
    (line,) = journal_of(tmp_path, make_result(max_abs=0.5)).read_text().splitlines()
    row = json.loads(line)["row"]
    assert row["max_abs"] == 0.5
    assert not {"reason", "top1_equal", "k", "log"} & set(row)


def test_half_a_surrogate_pair_is_written_out_and_the_row_is_kept(tmp_path: Path) -> None:
    """Python makes one of each byte of a file's name that is no UTF-8."""
    path = journal_of(tmp_path, make_result(reason="no file photo-\udcff.jpg"))
    (result,) = StoredResults(path)
    assert result.row.reason == r"no file photo-\udcff.jpg"


def test_a_journal_that_lacks_results_is_completed_with_them_alone(tmp_path: Path) -> None:
    results = [shown(RED), shown(RED, scope="end_to_end")]
    path = journal_of(tmp_path, results[0])
    journal.complete(path, results)
    assert [result.row.scope for result in StoredResults(path)] == ["graph", "end_to_end"]
