"""What a run leaves behind, and what survives a kill, a full disk and a merge."""

import io
import json
import math
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ReportError
from harness.reports import tables
from harness.reports.folder import RunFolder, merge, read, rewrite
from harness.reports.headline import headline, percent
from harness.results import files as disk
from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row, make_run


def bits(value: float) -> bytes:
    return struct.pack("d", value)


class TestTables:
    @settings(deadline=None, database=None)
    @given(st.lists(st.floats(allow_nan=False), min_size=1))
    def test_floats_come_back_from_pandas_bit_for_bit(self, values: list[float]) -> None:
        pandas = pytest.importorskip("pandas")
        # 0.5 keeps the column one of floats: a column of "-0" alone is read as integers.
        rows = [make_row(max_abs=value) for value in [*values, 0.5]]
        table = pandas.read_csv(_text(tables.to_csv(Row, rows)))
        assert [bits(v) for v in table["max_abs"]] == [bits(v) for v in [*values, 0.5]]

    def test_nan_is_empty_integers_have_no_point_and_booleans_are_words(self) -> None:
        text = tables.to_csv(Row, [make_row(k=5, top1_equal=True, topk_order_equal=None)])
        cells = dict(zip(*(line.split(",") for line in text.splitlines()), strict=True))
        assert (cells["k"], cells["top1_equal"], cells["topk_order_equal"]) == ("5", "True", "")
        assert (cells["max_abs"], cells["status"]) == ("", "match")

    @settings(deadline=None, database=None)
    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
    def test_any_text_stays_in_its_field(self, text: str) -> None:
        pandas = pytest.importorskip("pandas")
        content = tables.to_csv(Row, [make_row(reason=text, k=1), make_row(k=2)])
        table = pandas.read_csv(_text(content), keep_default_na=False)
        assert list(table["reason"]) == [text, ""]
        assert list(table["k"]) == [1, 2]

    def test_columns_are_those_of_the_row_in_their_order(self) -> None:
        header = tables.to_csv(Row, []).splitlines()[0].split(",")
        assert header == Row.columns()
        assert header[:5] == ["case", "image", "candidate", "scope", "status"]

    def test_parquet_keeps_types_and_writes_nan_as_null(self) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        content = tables.to_parquet([make_row(k=5, kl=math.inf), make_row(status=Status.CRASHED)])
        assert content
        table = parquet.read_table(io.BytesIO(content)).to_pydict()
        assert list(table) == Row.columns()
        assert (table["k"], table["status"]) == ([5, None], ["match", "crashed"])
        assert (table["kl"], table["max_abs"]) == ([math.inf, None], [None, None])

    def test_without_pyarrow_there_is_just_no_parquet(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        written = RunFolder.create(tmp_path).finish(make_run(), [make_result()])
        assert "rows.parquet" not in {path.name for path in written}
        assert "rows.csv" in {path.name for path in written}


def _text(content: str) -> io.BytesIO:
    # Bytes, as from a file: text mode would turn a carriage return into a newline.
    return io.BytesIO(content.encode())


class TestHeadline:
    def test_nothing_is_never_a_pass(self) -> None:
        found = headline(make_run(), [])
        assert (found.tone, found.title) == ("failing", "No data to report")

    @pytest.mark.parametrize(
        ("statuses", "tone", "title"),
        [
            (["match", "tie"], "passing", "All 2 rows pass"),
            (["match", "mismatch"], "failing", "1 of 2 rows fails"),
            (["no_evidence"], "failing", "1 of 1 row fails"),
            (["missing_asset"], "attention", "Nothing passed"),
            (["match", "no_device"], "attention", "No row fails, but 1 of 2 did not run"),
        ],
    )
    def test_the_worst_status_sets_the_tone(
        self, statuses: list[str], tone: str, title: str
    ) -> None:
        found = headline(make_run(), [make_row(status=status) for status in statuses])
        assert (found.tone, found.title) == (tone, title)

    def test_a_known_failure_is_counted_apart_and_does_not_fail(self) -> None:
        rows = [make_row(), make_row(status=Status.CRASHED, known_failure="issue 41")]
        found = headline(make_run(), rows)
        assert found.tone == "passing"
        assert found.title == "No row fails unexpectedly"
        assert "1 known failure." in found.sentence

    def test_known_failures_alone_are_no_pass(self) -> None:
        rows = [make_row(status=Status.CRASHED, known_failure="issue 41")]
        assert headline(make_run(), rows).tone == "attention"

    @pytest.mark.parametrize(
        "run",
        [RunRecord.begin(["parity"]), make_run(2), make_run(1), make_run(remarks=("half a line",))],
    )
    def test_an_unsound_run_is_not_shown_as_passing(self, run: RunRecord) -> None:
        found = headline(run, [make_row()])
        assert found.tone == "attention"
        assert found.warnings

    def test_an_unsound_part_spoils_the_whole(self) -> None:
        whole = make_run(merged_from=(make_run(), RunRecord.begin(["parity"])))
        assert "did not finish" in headline(whole, [make_row()]).warnings[0]

    @pytest.mark.parametrize("whole", [2, 3, 999, 1000, 100_000])
    def test_100_percent_only_when_it_is_100(self, whole: int) -> None:
        assert percent(whole, whole) == "100%"
        assert not percent(whole - 1, whole).startswith("100")
        assert percent(1, whole) not in ("0%", "0.0%")


class TestFolder:
    def test_a_finished_run_leaves_every_file_and_latest(self, tmp_path: Path) -> None:
        run = make_run()
        folder = RunFolder.create(tmp_path, run)
        key = {"case": "c", "image": "i.jpg", "candidate": "relay"}
        line = TopkRow(
            **key, scope="graph", side="reference", rank=1, class_index=7, label="owl", score=0.9
        )
        told = ExpectedRow(**key, side="reference", rank=1, label="owl", score=0.8)
        result = Result(row=make_row(), topk=(line,), expected=(told,))
        folder.append(result)
        written = {path.name for path in folder.finish(run, [result])}
        assert {"run.json", "rows.csv", "topk.csv", "expected.csv", "report.html"} <= written
        assert {path.name for path in folder.path.iterdir()} == written | {"journal.jsonl"}
        assert (tmp_path / "latest").resolve() == folder.path
        assert json.loads((folder.path / "run.json").read_text())["counts"]["passing"] == 1

    def test_latest_moves_on_to_the_next_run(self, tmp_path: Path) -> None:
        for _ in range(2):
            folder = RunFolder.create(tmp_path)
            folder.finish(make_run(), [make_result()])
            assert (tmp_path / "latest").resolve() == folder.path

    def test_where_links_are_impossible_latest_is_a_file_with_the_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(Path, "symlink_to", refuse)
        folder = RunFolder.create(tmp_path)
        folder.finish(make_run(), [make_result()])
        assert (tmp_path / "latest").read_text().strip() == folder.path.name
        (found,), (told,) = read(tmp_path / "latest")[1], read(folder.path)[1]
        assert found.row.payload() == told.row.payload()

    def test_what_was_written_is_read_back_infinities_and_all(self, tmp_path: Path) -> None:
        run = make_run(programs={"tvm": {"llvm": "22"}})
        folder = RunFolder.create(tmp_path, run)
        folder.finish(run, [make_result(kl=math.inf, max_rel=-math.inf, max_abs=3e-7)])
        back, (result,) = read(folder.path)
        assert back == run
        assert (result.row.kl, result.row.max_rel) == (math.inf, -math.inf)
        assert math.isnan(result.row.cosine)

    def test_results_that_were_never_appended_reach_the_journal(self, tmp_path: Path) -> None:
        folder = RunFolder.create(tmp_path)
        results = [make_result(), make_result(scope="end_to_end")]
        folder.append(results[0])
        folder.finish(make_run(), results)
        assert [r.row.scope for r in read(folder.path)[1]] == ["graph", "end_to_end"]

    def test_an_empty_run_reports_that_there_is_nothing(self, tmp_path: Path) -> None:
        folder = RunFolder.create(tmp_path)
        folder.finish(make_run(5), [])
        assert "No data to report" in (folder.path / "report.html").read_text()
        assert (folder.path / "rows.csv").read_text() == ",".join(Row.columns()) + "\n"

    def test_a_folder_that_can_not_be_made_says_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ReportError, match="choose another folder"):
            RunFolder.create(tmp_path / "file")

    def test_a_wrong_folder_is_told_its_neighbours(self, tmp_path: Path) -> None:
        folder = RunFolder.create(tmp_path)
        with pytest.raises(ReportError, match=folder.path.name):
            read(tmp_path / "20200101T000000Z-000000")
        with pytest.raises(ReportError, match=r"journal\.jsonl"):
            read(tmp_path)


class TestJournal:
    def test_a_killed_run_keeps_its_rows_and_is_no_pass(self, tmp_path: Path) -> None:
        code = (
            "import os, signal, sys; from pathlib import Path\n"
            "from harness.testing.sample_rows import make_result\n"
            "from harness.results.run_record import RunRecord\n"
            "from harness.reports.folder import RunFolder\n"
            "folder = RunFolder.create(Path(sys.argv[1]), RunRecord.begin(['parity', 'x']))\n"
            "folder.append(make_result()); folder.append(make_result(scope='end_to_end'))\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
        assert done.returncode == -signal.SIGKILL
        (path,) = tmp_path.iterdir()
        run, results = read(path)
        assert (run.command, len(results)) == ("parity x", 2)
        assert headline(run, [r.row for r in results]).tone == "attention"
        rewrite([path])
        assert "did not finish" in (path / "report.html").read_text()

    def test_half_a_line_is_left_out_and_said_once(self, tmp_path: Path) -> None:
        folder = RunFolder.create(tmp_path)
        folder.append(make_result())
        with folder.journal.open("ab") as file:
            file.write(b'{"row": {"case": "lo')
        rewrite([folder.path])
        run, results = read(folder.path)
        assert len(results) == 1
        assert len([text for text in run.remarks if "Line 2 of journal.jsonl" in text]) == 1
        assert "Line 2 of journal.jsonl" in (folder.path / "report.html").read_text()

    def test_a_row_after_half_a_line_is_whole(self, tmp_path: Path) -> None:
        folder = RunFolder.create(tmp_path)
        folder.journal.write_bytes(b'{"row": {"case": "lo')
        folder.append(make_result())
        assert len(read(folder.path)[1]) == 1

    def test_a_foreign_line_is_refused_by_number(self, tmp_path: Path) -> None:
        folder = RunFolder.create(tmp_path)
        folder.append(make_result())
        with folder.journal.open("a") as file:
            file.write('{"row": {"case": "c", "surprise": 1}}\n')
        with pytest.raises(ReportError, match=r"journal\.jsonl:2: "):
            read(folder.path)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB; skips where mounting is not permitted."""
    root = tmp_path / "disk"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(root)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a tmpfs is not permitted here")
    try:
        yield root
    finally:
        subprocess.run(["umount", str(root)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


class TestFullDisk:
    def test_the_journal_stays_and_the_error_says_what_to_do(self, tiny_disk: Path) -> None:
        folder = RunFolder.create(tiny_disk)
        results = [make_result(), make_result(scope="end_to_end")]
        for result in results:
            folder.append(result)
        fill(tiny_disk / "filler")
        with pytest.raises(ReportError) as raised:
            folder.finish(make_run(), results)
        message = str(raised.value)
        assert "report.html" in message
        assert "No space left on device" in message
        assert f"every row is in {folder.journal}" in message
        assert message.endswith(f"free some space, then run: parity report {folder.path}")
        assert len(read(folder.path)[1]) == 2
        assert not list(folder.path.glob(".*"))

        (tiny_disk / "filler").unlink()
        rewrite([folder.path])
        assert (tiny_disk / "latest" / "report.html").exists()

    def test_a_row_that_does_not_fit_leaves_no_trace(self, tiny_disk: Path) -> None:
        folder = RunFolder.create(tiny_disk)
        folder.append(make_result())
        before = folder.journal.read_bytes()
        fill(tiny_disk / "filler")
        with pytest.raises(ReportError, match="earlier rows are safe"):
            folder.append(make_result(reason="x" * 10_000))
        assert folder.journal.read_bytes() == before

    def test_what_fits_stays_when_a_later_file_does_not(self, tmp_path: Path) -> None:
        code = (
            "import resource, sys; from pathlib import Path\n"
            "from harness.testing.sample_rows import make_result, make_run\n"
            "from harness.errors import ReportError\n"
            "from harness.reports.folder import RunFolder\n"
            "folder = RunFolder.create(Path(sys.argv[1]))\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))\n"
            "try: folder.finish(make_run(), [make_result()])\n"
            "except ReportError as error: print(error)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
        )
        assert ": report.html" in done.stdout
        (path,) = tmp_path.iterdir()
        assert {"journal.jsonl", "run.json", "rows.csv"} <= {p.name for p in path.iterdir()}
        assert not (path / "report.html").exists()

    def test_a_failed_write_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk.write(tmp_path / "a", b"old")

        def fail(_: int) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="gone"):
            disk.write(tmp_path / "a", b"new")
        assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]


class TestMerge:
    def _folder(self, root: Path, *results: Result, exit_status: int = 0) -> Path:
        folder = RunFolder.create(root)
        folder.finish(make_run(exit_status), results)
        return folder.path

    def test_an_answer_takes_the_place_of_another_environments_skip(self, tmp_path: Path) -> None:
        skip = make_result(status=Status.MISSING_STACK)
        bad = make_result(status=Status.MISMATCH)
        first, second = self._folder(tmp_path, skip), self._folder(tmp_path, bad)
        for order in ([first, second], [second, first]):
            assert [r.row.status for r in merge(order)] == [Status.MISMATCH]

    def test_two_answers_both_stay_and_two_skips_are_one(self, tmp_path: Path) -> None:
        good, bad = make_result(), make_result(status=Status.MISMATCH)
        skips = [make_result(image="x", status=Status.NO_DEVICE, reason=r) for r in ("a", "b")]
        first = self._folder(tmp_path, good, skips[0])
        second = self._folder(tmp_path, bad, skips[1])
        found = [r.row.status.value for r in merge([first, second])]
        assert found == ["match", "no_device", "mismatch"]

    def test_the_same_folder_twice_counts_once(self, tmp_path: Path) -> None:
        path = self._folder(tmp_path, make_result())
        assert len(merge([path, path])) == 1

    def test_two_equal_rows_of_one_run_stay_two(self, tmp_path: Path) -> None:
        path = self._folder(tmp_path, make_result(), make_result())
        assert len(merge([path])) == 2

    def test_several_folders_make_a_new_one_that_shows_them_all(self, tmp_path: Path) -> None:
        paths = [
            self._folder(tmp_path, make_result(candidate="relay")),
            self._folder(tmp_path, make_result(candidate="relax"), exit_status=2),
        ]
        folder, written = rewrite(paths, ["parity", "report"])
        assert folder.path not in paths
        run, results = read(folder.path)
        assert [r.row.candidate for r in results] == ["relay", "relax"]
        assert (len(run.merged_from), run.exit_status) == (2, 2)
        page = (folder.path / "report.html").read_text()
        assert all(part.id in page for part in run.merged_from)
        assert "exit status 2" in page
        assert {path.parent for path in written} == {folder.path}

    def test_rewriting_an_old_folder_leaves_latest_alone(self, tmp_path: Path) -> None:
        old = RunFolder.create(tmp_path, make_run(id="20200101T000000Z-000000"))
        old.finish(make_run(), [make_result()])
        new = self._folder(tmp_path, make_result())
        rewrite([old.path])
        assert (tmp_path / "latest").resolve() == new
