"""Which images a sweep takes from a folder, a pattern, a manifest and an archive."""

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.inputs.labels import LabelMap
from harness.sweep.class_numbers import ClassNumbers, labels_of
from harness.sweep.images import SweepImage
from harness.sweep.sources import chosen, source_of


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def pairs(images: Iterable[SweepImage]) -> list[tuple[str, str]]:
    return [(image.name, image.label) for image in images]


def archive(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_a_folder_gives_every_image_below_it_in_the_order_of_their_paths(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.png", "notes.txt", "cat/2.jpg", "cat/deep/1.jpg")
    found = pairs(source_of(str(tmp_path)))
    assert found == [("a.png", ""), ("b.JPG", ""), ("cat/2.jpg", "cat"), ("cat/deep/1.jpg", "cat")]


def test_a_pattern_gives_the_files_that_it_matches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "x/b.jpg", "x/a.jpg", "x/c.png", "y/d.jpg")
    monkeypatch.chdir(tmp_path)
    assert pairs(source_of("x/*.jpg")) == [("a.jpg", ""), ("b.jpg", "")]
    assert pairs(source_of(str(tmp_path / "**" / "[cd].*"))) == [("x/c.png", ""), ("y/d.jpg", "")]
    assert pairs(source_of("x/a.jpg")) == [("a.jpg", "")]
    assert source_of("x/*.jpg").root == tmp_path / "x"


def test_manifests_list_paths_from_their_own_folder(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (tmp_path / "list.csv").write_text("label,path\n7,x/a.jpg\n,b.jpg\n")
    table = pa.table({"path": ["x/a.jpg", "b.jpg"], "label": [7, None]})
    parquet.write_table(table, tmp_path / "list.parquet")
    for name in ("list.csv", "list.parquet"):
        images = list(source_of(str(tmp_path / name)))
        assert pairs(images) == [("x/a.jpg", "7"), ("b.jpg", "")]
        assert images[0].path == str(tmp_path / "x" / "a.jpg")
    assert labels_of(tmp_path / "list.csv") == {"x/a.jpg": "7", "b.jpg": ""}


def test_an_archive_gives_its_images_where_they_lie_with_the_labels_beside_them(
    tmp_path: Path,
) -> None:
    members = {"1.cls": b"4\n", "1.jpg": b"one", "2.jpg": b"three", "2.cls": b"5", "3.png": b"x"}
    path = archive(tmp_path / "a.tar", **members, **{"read.me": b"no image"})
    images = list(source_of(str(path)))
    assert pairs(images) == [("1.jpg", "4"), ("2.jpg", "5"), ("3.png", "")]
    data = path.read_bytes()
    assert [data[image.start :][: image.size] for image in images] == [b"one", b"three", b"x"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent", None, "no such folder or file"),
        ("notes.txt", b"", "no source"),
        ("list.csv", b"file\na.jpg\n", "expected a column 'path', found file"),
        ("list.csv", b"path\n\xff\xfe.jpg\n", "can't be read"),
        ("list.parquet", b"no table", "can't be read"),
        ("a.tar", b"\x1f\x8bgzip", "has to be decompressed"),
    ],
)
def test_what_is_no_source_is_wrong_use(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        list(source_of(str(tmp_path / name)))


def test_a_sample_is_drawn_from_the_whole_source_and_the_same_for_one_seed(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{n:03}.jpg" for n in range(200)))
    source = source_of(str(tmp_path))

    def drawn(seed: int, limit: int | None = None) -> list[str]:
        return [image.name for image in chosen(source, limit=limit, sample=20, seed=seed)]

    assert drawn(1) == drawn(1) == sorted(drawn(1))
    assert len(set(drawn(1))) == 20
    assert drawn(1) != drawn(2)
    assert max(drawn(1)) > "100.jpg"
    assert drawn(1, limit=3) == drawn(1)[:3]
    first = [image.name for image in chosen(source, limit=2, sample=None, seed=0)]
    assert first == ["000.jpg", "001.jpg"]


def test_classes_are_told_by_number_name_or_synonym() -> None:
    numbers = ClassNumbers(LabelMap({0: "crane", 1: "tench, Tinca tinca", 2: "crane, bird"}))
    assert [numbers.number(text) for text in ("17", "TENCH", "tinca tinca")] == [17, 1, 1]
    assert [numbers.number(text) for text in ("crane, bird", "bird", "owl")] == [2, 2, None]
    numbers.require(["1", "", "tench"], "list.csv")
    with pytest.raises(UsageError, match=r"list.csv gives 'owl' as class: neither the number"):
        numbers.require(["1", "owl"], "list.csv")
