"""Files given by an address: cache, mirror and offline mode (test_download.py downloads)."""

import types
from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset
from harness.errors import AssetError
from harness.inputs.assets import Assets
from harness.inputs.tests.photo_files import SHA256, URL, put

BLOB_OF_HELLO = "ce013625030ba8dba906f756967f9e9ca394464a"
"""What `echo hello | git hash-object --stdin` prints."""
PUBLISHED = "https://github.com/dmlc/web-data/raw/main/tensorflow/models/InceptionV1"


def test_offline_says_how_to_work_offline(assets: Assets) -> None:
    with pytest.raises(AssetError, match=r"offline is set.* as 'my owl.jpg' .*the mirror"):
        assets.fetch(Asset(url=URL, sha256=SHA256))


@pytest.mark.parametrize("place", ["example.org/photos/my owl.jpg", "my owl.jpg"])
def test_the_mirror_is_searched_by_address_and_by_name(assets: Assets, place: str) -> None:
    assert assets.mirror
    path = put(assets.mirror / place)
    assert assets.fetch(Asset(url=URL, sha256=SHA256)) == path


def test_the_mirror_is_verified_and_another_copy_is_tried(assets: Assets) -> None:
    assert assets.mirror
    wrong = put(assets.mirror / "example.org" / "photos" / "my owl.jpg", b"changed")
    with pytest.raises(AssetError, match=f"{wrong} was passed over, its sha256 is wrong: expected"):
        assets.fetch(Asset(url=URL, sha256=SHA256))
    right = put(assets.mirror / "my owl.jpg")
    assert assets.fetch(Asset(url=URL, sha256=SHA256)) == right


def test_an_address_cannot_lead_out_of_the_mirror(assets: Assets, tmp_path: Path) -> None:
    put(tmp_path / "secret.jpg")
    with pytest.raises(AssetError, match="offline"):
        assets.fetch(Asset(url="https://example.org/%2e%2e/%2e%2e/secret.jpg", sha256=SHA256))


def test_a_cached_file_serves_offline_and_is_verified_again(assets: Assets) -> None:
    cached = put(assets.cache / "assets" / f"{SHA256}-my_owl.jpg")
    assert assets.fetch(Asset(url=URL, sha256=SHA256)) == cached
    cached.write_bytes(b"spoilt")
    with pytest.raises(AssetError, match=f"{cached} was passed over"):
        assets.fetch(Asset(url=URL, sha256=SHA256))


def test_what_cannot_be_downloaded_names_the_mirror(
    case_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pooch.core.time", types.SimpleNamespace(sleep=lambda _: None))
    online = Assets(base=case_folder, cache=tmp_path / "cache")
    with pytest.raises(AssetError, match=r"can't be obtained: .*the mirror"):
        online.fetch(Asset(url="http://[::1/x.pb", sha256=SHA256))


def test_a_cache_that_cannot_be_written_is_an_asset_error(
    case_folder: Path, tmp_path: Path
) -> None:
    online = Assets(base=case_folder, cache=put(tmp_path / "file") / "cache")
    with pytest.raises(AssetError, match=r"can't be obtained: .*Not a directory"):
        online.fetch(Asset(url=URL, sha256=SHA256))


def test_a_published_file_comes_from_a_mirror_by_its_git_blob_id(assets: Assets) -> None:
    assert assets.mirror
    asset = Asset(url=f"{PUBLISHED}/elephant-299.jpg", git_blob=BLOB_OF_HELLO)
    put(assets.mirror / "elephant-299.jpg", b"changed\n")
    with pytest.raises(AssetError, match="was passed over, its git blob"):
        assets.fetch(asset)
    path = put(assets.mirror / "elephant-299.jpg", b"hello\n")
    assert assets.fetch(asset) == path
