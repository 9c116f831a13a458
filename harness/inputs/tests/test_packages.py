"""Files of installed packages: the listed ones and no others."""

import sys
from pathlib import Path

import pytest

from harness.errors import AssetError
from harness.inputs.packages import listed


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package `parity-photos` with two photos, a script and an unlisted file."""
    info = tmp_path / "parity_photos-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parity-photos\nVersion: 1.2\n")
    files = ["photos/owl.jpg", "photos/more/cat.jpg", "photos/readme.txt", "../bin/tool.jpg"]
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in [*files[:3], "photos/unlisted.jpg"]:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def _names(file: str) -> list[str]:
    return [name for name, _ in listed("parity-photos", file)]


def test_a_listed_file_is_found_where_it_lies(installed: Path) -> None:
    [(name, path)] = listed("parity-photos", "photos/owl.jpg")
    assert name == "photos/owl.jpg"
    assert path == installed / "photos" / "owl.jpg"


@pytest.mark.usefixtures("installed")
def test_a_pattern_finds_listed_files_part_by_part_and_sorted() -> None:
    assert _names("photos/*.jpg") == ["photos/owl.jpg"]
    assert _names("photos/**/*.jpg") == ["photos/more/cat.jpg", "photos/owl.jpg"]
    assert _names("*.jpg") == []


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "file", ["photos/unlisted.jpg", "../bin/tool.jpg", "/etc/passwd", "photos/../photos/owl.jpg"]
)
def test_an_unlisted_file_is_refused_and_the_listed_ones_are_named(file: str) -> None:
    with pytest.raises(AssetError, match=r"'parity-photos' 1.2 lists no file.*(nearest|known): "):
        listed("parity-photos", file)


@pytest.mark.usefixtures("installed")
def test_a_pattern_does_not_leave_the_package() -> None:
    assert _names("../bin/*") == []
    assert _names("**/tool.jpg") == []


@pytest.mark.parametrize("record", [b"a,b,c,d\n", b"\n", b"photos/owl.jpg,,big\n", b"\xff,,\n"])
def test_a_record_that_lists_no_files_is_told(installed: Path, record: bytes) -> None:
    (installed / "parity_photos-1.2.dist-info" / "RECORD").write_bytes(record)
    with pytest.raises(AssetError, match=r"'parity-photos' 1\.2 has a RECORD .*--force-reinstall"):
        listed("parity-photos", "photos/owl.jpg")


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("no-such-parity-package", "pip install no-such-parity-package$"),
        ("x; rm -rf ~", "pip install 'x; rm -rf ~'$"),
        ("", "pip install ''$"),
    ],
)
def test_a_missing_package_gives_the_command_to_install_it(package: str, command: str) -> None:
    with pytest.raises(AssetError, match=command):
        listed(package, "photo.jpg")


def test_a_path_from_the_root_is_no_file_of_the_package(installed: Path) -> None:
    (installed / "parity_photos-1.2.dist-info" / "RECORD").write_text("/etc/hostname,,\na.jpg,,\n")
    assert _names("**") == ["a.jpg"]
    with pytest.raises(AssetError, match="lists no file '/etc/hostname'"):
        listed("parity-photos", "/etc/hostname")


def test_many_stars_find_a_file_in_many_folders_at_once(installed: Path) -> None:
    deep = "a/" * 500 + "y"
    (installed / "parity_photos-1.2.dist-info" / "RECORD").write_text(f"{deep},,\n")
    assert _names("**/" * 60 + "y") == [deep]
    assert _names("**/" * 60 + "x") == []
