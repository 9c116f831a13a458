"""What a worker makes of a block: rows of files, of archives, and of paths that lead elsewhere."""

import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cases.case_file import load
from harness.run.settings import Settings
from harness.sweep.blocks import BlockImage, SweepJob, close_sessions, rows_of_block, rows_of_look
from harness.sweep.images import SweepImage
from harness.sweep.part_schema import from_message
from harness.sweep.sources import source_of
from harness.testing.tiny import write_case, write_dark, write_image

pytest.importorskip("pyarrow")
MakeJob = Callable[..., SweepJob]


@pytest.fixture
def job(fakes: Path, tmp_path: Path) -> Iterator[MakeJob]:
    """Makes a job of the fake candidate with a target; its images may lie in `photos`."""
    (tmp_path / "photos").mkdir()

    def make(target: str = "calm") -> SweepJob:
        path = write_case(tmp_path, candidates=(f"stack = 'fake'\ntarget = '{target}'",))
        settings = Settings(reference="fake-reference", cache=tmp_path / "cache")
        assets = replace(settings.assets(path.parent), roots=(tmp_path / "photos",))
        case = load(path)
        return SweepJob("tiny", case, settings, assets, {case.candidates[0].id: "key"})

    yield make
    close_sessions()


def block(images: Iterable[SweepImage]) -> list[BlockImage]:
    return [BlockImage(image, number) for number, image in enumerate(images)]


def rows(message: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = from_message(message).to_pylist()
    return found


def test_images_of_an_archive_get_the_rows_of_the_files(job: MakeJob, tmp_path: Path) -> None:
    files = [write_image(tmp_path / "photos" / f"{n}.jpg", seed=n) for n in range(3)]
    with tarfile.open(tmp_path / "photos" / "all.tar", "w") as archive:
        for file in files:
            archive.add(file, file.name)
    one = job()
    by_file = rows(rows_of_block(one, block(source_of(str(tmp_path / "photos")))))
    packed = source_of(str(tmp_path / "photos" / "all.tar"))
    assert rows(rows_of_block(one, block(packed))) == by_file
    assert {row["status"] for row in by_file} == {"match"}
    assert [row["true_class"] for row in by_file] == [0, 0, 1, 1, 2, 2]
    assert len(by_file[0]["candidate_topk"]) == 5
    gone = [replace(image, path=str(tmp_path / "absent.tar")) for image in packed]
    assert {row["status"] for row in rows(rows_of_block(one, block(gone)))} == {"missing_asset"}


def test_a_manifest_names_no_file_outside_its_folder(job: MakeJob, tmp_path: Path) -> None:
    write_image(tmp_path / "secret.jpg")
    (tmp_path / "photos" / "list.csv").write_text("path\n../secret.jpg\n/etc/passwd\n")
    listed = source_of(str(tmp_path / "photos" / "list.csv"))
    found = rows(rows_of_block(job(), block(listed)))
    assert [row["status"] for row in found] == ["no_evidence"] * 4
    assert all("outside of" in row["reason"] for row in found)


def test_an_image_that_does_not_match_is_looked_at_closely(job: MakeJob, tmp_path: Path) -> None:
    images = [
        SweepImage(path.name, str(path))
        for path in (
            write_image(tmp_path / "photos" / "a.jpg"),
            write_dark(tmp_path / "photos" / "dark.png"),
        )
    ]
    one = job("shifted-on-dark")
    calm, _, wrong, whole = rows(rows_of_block(one, block(images)))
    assert (calm["status"], calm["closer_look"], calm["thumbnail"]) == ("match", "", "")
    assert (wrong["status"], wrong["closer_look"]) == ("mismatch", "status")
    assert wrong["thumbnail"].startswith("data:image/jpeg")
    assert wrong["error_ratio"] > 3
    assert whole["optimize_effect"] is not None
    (calm, _) = rows(rows_of_look(one, block(images[:1]), "sample"))
    assert (calm["status"], calm["closer_look"]) == ("match", "sample")
    assert calm["thumbnail"]
