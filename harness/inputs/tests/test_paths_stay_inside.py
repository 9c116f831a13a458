"""Whatever a case, an address or a package writes as a path, no file outside its folder is read."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.cases.asset_sections import Asset, Image
from harness.errors import AssetError
from harness.inputs.assets import Assets
from harness.inputs.image_names import slug
from harness.inputs.packages import listed

SECRET = b"secret"
SHA256 = hashlib.sha256(SECRET).hexdigest()
PARTS = (
    "..", ".", "", "a", "s.jpg", "in.jpg", "folder", "file", "*", "**", "?", "[a-z]*", "[.][.]",
    "%2e%2e", "..%2f..", "~", "\\..", "outside", "inner", "mirror", "x" * 300, "\x01", "...",
)  # fmt: skip
PART = st.sampled_from(PARTS)
PATH = st.builds(
    lambda root, parts: root + "/".join(parts),
    st.sampled_from(["", "/", "//", "./", "../"]),
    st.lists(PART, min_size=1, max_size=5),
)
SLOW_SETUP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """A folder with a photo, and links out of it to a folder and to a file of the same content."""
    folder, outside = tmp_path / "inner", tmp_path / "outside"
    (folder / "a").mkdir(parents=True)
    outside.mkdir()
    for place in (outside, tmp_path, folder, folder / "a"):
        (place / "s.jpg").write_bytes(SECRET)
    (folder / "folder").symlink_to(outside)
    (folder / "file").symlink_to(outside / "s.jpg")
    return folder


def _read(assets: Assets, wanted: Image) -> Iterator[Path]:
    """The places of every file that a case with this image reads."""
    try:
        for one in assets.expand(wanted):
            yield assets.fetch(one)
    except AssetError:
        return


@SLOW_SETUP
@given(text=PATH)
def test_a_path_of_a_case_stays_in_its_folder(inner: Path, text: str) -> None:
    assets = Assets(base=inner, cache=inner.parent / "cache", offline=True)
    for path in _read(assets, Image(path=text)):
        assert path.resolve().is_relative_to(inner)


@SLOW_SETUP
@given(
    host=st.sampled_from(["..", ".", "a", "%2e%2e", "..@..", "..:1"]), path=st.just("s.jpg") | PATH
)
def test_an_address_stays_in_the_mirror(inner: Path, host: str, path: str) -> None:
    assets = Assets(
        base=inner / "a", cache=inner.parent / "cache", mirror=inner / "a", offline=True
    )
    try:
        wanted = Image(url=f"https://{host}/{path}", sha256=SHA256)
    except ValidationError:
        return
    for found in _read(assets, wanted):
        assert found.resolve().is_relative_to(inner / "a")


@SLOW_SETUP
@given(text=PATH, asked=PATH)
def test_a_record_stays_beside_the_package(inner: Path, text: str, asked: str) -> None:
    info = inner / "hostile-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    (info / "RECORD").write_text(f'"{text}",,\n', encoding="utf-8")
    sys.path.insert(0, str(inner))
    try:
        found = [place for each in (text, asked, "**") for _, place in _listed(each)]
    finally:
        sys.path.remove(str(inner))
    assert all(place.is_relative_to(inner) and ".." not in place.parts for place in found)


def _listed(file: str) -> list[tuple[str, Path]]:
    try:
        return listed("hostile", file)
    except AssetError:
        return []


@given(text=st.text(max_size=300))
def test_a_name_made_of_any_text_is_one_part_of_a_path(text: str) -> None:
    name = slug(text)
    assert Path(name).parts == (name,)
    assert name not in (".", "..")
    assert Image(path="a.jpg", name=name).name == name


@pytest.mark.parametrize("url", ["https://../s.jpg", "https://./../s.jpg", "https://%2e%2e/s.jpg"])
def test_a_host_of_dots_is_no_folder_above_the_mirror(inner: Path, url: str) -> None:
    mirror = inner / "a" / "m"
    mirror.mkdir()
    assets = Assets(base=inner, cache=inner.parent / "cache", mirror=mirror, offline=True)
    with pytest.raises(AssetError, match="is not on this machine"):
        assets.fetch(Asset(url=url, sha256=SHA256))
