"""What a case names becomes a verified local file, or an error that says what to do."""

import hashlib
import shutil
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset, Image
from harness.errors import AssetError, CaseError
from harness.inputs import assets as module
from harness.inputs.assets import Assets, cache_root, images, mirror_root
from harness.inputs.zoo import models

SEED = Path(__file__).parents[3] / ".." / "shared" / "assets" / "seed"
ELEPHANT = "8bcbff2869ed84965bf2742b2511f27a4a5b2cfc"
PUBLISHED = "https://github.com/dmlc/web-data/raw/main/tensorflow/models/InceptionV1"
CONTENT = b"a photo"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/photos/my%20owl.jpg?raw=1"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make the folder of a case with a few photos, and a secret outside of it."""
    for name in ("owl.jpg", "cat.jpg", "more/owl.jpg", "photo[1].jpg", ".hidden.jpg", "note.txt"):
        path = tmp_path / "cases" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.jpg").write_bytes(CONTENT)
    return tmp_path / "cases"


@pytest.fixture
def assets(here: Path, tmp_path: Path) -> Assets:
    """Offline, with a mirror and a cache that don't exist yet."""
    return Assets(base=here, mirror=tmp_path / "mirror", cache=tmp_path / "cache", offline=True)


def _put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# Paths


def test_a_relative_path_starts_at_the_case_file(assets: Assets, here: Path) -> None:
    assert assets.fetch(Asset(path="more/owl.jpg", sha256=SHA256)) == here / "more" / "owl.jpg"


def test_a_missing_file_says_where_it_was_looked_for(assets: Assets, here: Path) -> None:
    with pytest.raises(AssetError, match=f"'gone.pb' is missing: no file {here}/gone.pb; fetch"):
        assets.fetch(Asset(path="gone.pb"))


@pytest.mark.parametrize("path", [".", "more"])
def test_a_folder_is_no_file(assets: Assets, path: str) -> None:
    with pytest.raises(AssetError, match="is no file"):
        assets.fetch(Asset(path=path))


def test_a_wrong_digest_says_expected_and_found(assets: Assets) -> None:
    with pytest.raises(AssetError, match=f"expected {'0' * 64}, found {SHA256}; put the right"):
        assets.fetch(Asset(path="owl.jpg", sha256="0" * 64))
    with pytest.raises(AssetError, match=f"git blob id is wrong: expected {'0' * 40}, found"):
        assets.fetch(Asset(path="owl.jpg", git_blob="0" * 40))


@pytest.mark.parametrize("path", ["../other/secret.jpg", "/etc/hostname", "more/../../other/x"])
def test_a_path_outside_is_refused_with_the_way_to_allow_it(assets: Assets, path: str) -> None:
    with pytest.raises(AssetError, match=r"outside of .*--parity-asset-root=.*parity_asset_roots"):
        assets.fetch(Asset(path=path))


def test_a_symlink_that_leads_outside_is_refused(assets: Assets, here: Path) -> None:
    (here / "link.jpg").symlink_to("../other/secret.jpg")
    for path in ("link.jpg", "lin*.jpg"):
        with pytest.raises(AssetError, match=r"link.jpg leads to .*/other/secret.jpg, outside"):
            assets.fetch(Asset(path=path))
    [image] = images([Image(path="l*.jpg")], assets)
    with pytest.raises(AssetError, match="leads to"):
        assets.fetch(image)


def test_a_root_allows_what_lies_in_it(here: Path, tmp_path: Path) -> None:
    outside = tmp_path / "other" / "secret.jpg"
    allowed = Assets(base=here, roots=(tmp_path / "other",), mirror=None)
    assert allowed.fetch(Asset(path="../other/secret.jpg")) == outside
    assert allowed.fetch(Asset(path=str(outside))) == outside


def test_the_command_line_may_name_any_file(here: Path, tmp_path: Path) -> None:
    outside = tmp_path / "other" / "secret.jpg"
    free = Assets(base=here, mirror=None, unrestricted=True)
    assert free.fetch(Asset(path=str(outside))) == outside
    with pytest.raises(AssetError, match="is no file: /dev/zero"):
        free.fetch(Asset(path="/dev/zero"))


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "loop", "*\0"])
def test_a_path_that_the_system_refuses_is_an_asset_error(
    assets: Assets, here: Path, path: str
) -> None:
    (here / "loop").symlink_to("loop")
    with pytest.raises(AssetError):
        assets.fetch(Asset(path=path))


# Globs and names


def _names(assets: Assets, *wanted: Image) -> list[str | None]:
    return [image.name for image in images(wanted, assets)]


def test_a_glob_gives_its_visible_files_sorted_and_named(assets: Assets) -> None:
    found = images([Image(path="*.jpg")], assets)
    assert [image.path for image in found] == ["cat.jpg", "owl.jpg", "photo[1].jpg"]
    assert [image.name for image in found] == ["cat.jpg", "owl.jpg", "photo_1_.jpg"]
    assert [assets.fetch(image).read_bytes() for image in found] == [CONTENT] * 3


def test_a_file_whose_name_looks_like_a_glob_is_that_file(assets: Assets, here: Path) -> None:
    assert assets.fetch(Asset(path="photo[1].jpg")) == here / "photo[1].jpg"


def test_same_names_in_two_folders_are_told_apart(assets: Assets) -> None:
    found = images([Image(path="owl.jpg"), Image(path="**/owl.jpg")], assets)
    assert [image.name for image in found] == ["owl.jpg", "more-owl.jpg", "2-owl.jpg"]
    assert [image.path for image in found] == ["owl.jpg", "more/owl.jpg", "owl.jpg"]


def test_a_name_given_to_a_glob_starts_every_name(assets: Assets) -> None:
    assert _names(assets, Image(path="[co]*.jpg", name="set")) == ["set-cat.jpg", "set-owl.jpg"]
    assert _names(assets, Image(path="c*.jpg", name="set")) == ["set"]


def test_the_same_name_given_twice_is_refused(assets: Assets) -> None:
    with pytest.raises(CaseError, match="given the name 'x'"):
        images([Image(path="owl.jpg", name="x"), Image(path="cat.jpg", name="x")], assets)


@pytest.mark.parametrize(
    ("image", "name", "said"),
    [
        (Image(path="none/*.png"), "image_.png", "matches no file"),
        (Image(path="gone.jpg", name="mine"), "mine", "'gone.jpg' is missing"),
        (Image(path="../*/s*.jpg"), "s_.jpg", "outside of"),
        (Image(path="*/../../other/s*.jpg"), "s_.jpg", r"has \.\. behind a wildcard"),
        (Image(path="*.jpg", sha256=SHA256), "image_.jpg", "matches 3 files"),
        (Image(package="no-such-parity", file="a/*.jpg"), "image_.jpg", "pip install no-such"),
        (Image(url=URL, sha256=SHA256), "my_owl.jpg", "offline"),
    ],
)
def test_an_image_that_cannot_be_had_stays_and_says_why_when_fetched(
    assets: Assets, image: Image, name: str, said: str
) -> None:
    found = images([image, Image(path="cat.jpg")], assets)
    assert [one.name for one in found] == [name, "cat.jpg"]
    with pytest.raises(AssetError, match=said):
        assets.fetch(found[0])


def test_a_broken_link_in_a_glob_is_not_dropped(assets: Assets, here: Path) -> None:
    (here / "more" / "broken.jpg").symlink_to("gone.jpg")
    assert _names(assets, Image(path="more/*")) == ["broken.jpg", "owl.jpg"]


def test_a_glob_of_too_many_files_is_refused(
    assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_MATCHES", 2)
    assert len(assets.expand(Image(path="[co]*.jpg"))) == 2
    with pytest.raises(AssetError, match="matches more than 2 files; narrow the pattern"):
        assets.expand(Image(path="*.jpg"))


def test_a_model_may_be_a_glob_of_one_file_only(assets: Assets, here: Path) -> None:
    assert assets.fetch(Asset(path="note.*")) == here / "note.txt"
    with pytest.raises(AssetError, match=r"matches 3 files where one is needed; .*cat.jpg"):
        assets.fetch(Asset(path="*.jpg"))


# URLs: cache and mirror; downloads are tested in test_download.py


def test_offline_says_how_to_work_offline(assets: Assets) -> None:
    with pytest.raises(AssetError, match=r"offline is set.* as 'my owl.jpg' .*PARITY_MIRROR"):
        assets.fetch(Asset(url=URL, sha256=SHA256))


@pytest.mark.parametrize("place", ["example.org/photos/my owl.jpg", "my owl.jpg"])
def test_the_mirror_is_searched_by_address_and_by_name(assets: Assets, place: str) -> None:
    assert assets.mirror
    path = _put(assets.mirror / place)
    assert assets.fetch(Asset(url=URL, sha256=SHA256)) == path


def test_the_mirror_is_verified_and_another_copy_is_tried(assets: Assets) -> None:
    assert assets.mirror
    wrong = _put(assets.mirror / "example.org" / "photos" / "my owl.jpg", b"changed")
    with pytest.raises(AssetError, match=f"{wrong} was passed over, its sha256 is wrong: expected"):
        assets.fetch(Asset(url=URL, sha256=SHA256))
    right = _put(assets.mirror / "my owl.jpg")
    assert assets.fetch(Asset(url=URL, sha256=SHA256)) == right


def test_an_address_cannot_lead_out_of_the_mirror(assets: Assets, tmp_path: Path) -> None:
    _put(tmp_path / "secret.jpg")
    with pytest.raises(AssetError, match="offline"):
        assets.fetch(Asset(url="https://example.org/%2e%2e/%2e%2e/secret.jpg", sha256=SHA256))


def test_a_cached_file_serves_offline_and_is_verified_again(assets: Assets) -> None:
    cached = _put(assets.cache / f"{SHA256}-my_owl.jpg")
    assert assets.fetch(Asset(url=URL, sha256=SHA256)) == cached
    cached.write_bytes(b"spoilt")
    with pytest.raises(AssetError, match=f"{cached} was passed over"):
        assets.fetch(Asset(url=URL, sha256=SHA256))


def test_what_cannot_be_downloaded_names_the_mirror(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pooch.core.time", types.SimpleNamespace(sleep=lambda _: None))
    online = Assets(base=here, mirror=None, cache=tmp_path / "cache")
    with pytest.raises(AssetError, match=r"can't be had: .*PARITY_MIRROR"):
        online.fetch(Asset(url="http://[::1/x.pb", sha256=SHA256))


def test_a_cache_that_cannot_be_written_is_an_asset_error(here: Path, tmp_path: Path) -> None:
    online = Assets(base=here, mirror=None, cache=_put(tmp_path / "file") / "cache")
    with pytest.raises(AssetError, match=r"can't be had: .*Not a directory"):
        online.fetch(Asset(url=URL, sha256=SHA256))


def test_the_published_photo_comes_from_a_mirror_of_the_seed(here: Path) -> None:
    if not (SEED / "elephant-299.jpg").is_file():
        pytest.skip(f"needs elephant-299.jpg in {SEED}")
    mirrored = Assets(base=here, mirror=SEED, offline=True)
    asset = Asset(url=f"{PUBLISHED}/elephant-299.jpg", git_blob=ELEPHANT)
    assert mirrored.fetch(asset) == SEED / "elephant-299.jpg"


# Packages, zoo, environment


@pytest.mark.skipif(find_spec("sklearn") is None, reason="needs: pip install scikit-learn")
def test_photos_of_an_installed_package(assets: Assets) -> None:
    wanted = Image(package="scikit-learn", file="sklearn/datasets/images/*.jpg")
    found = images([wanted], assets)
    assert [image.name for image in found] == ["china.jpg", "flower.jpg"]
    assert [assets.fetch(image).name for image in found] == ["china.jpg", "flower.jpg"]


def test_a_package_that_lost_a_file_is_to_be_repaired(
    assets: Assets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "parity_photos-1.dist-info"
    _put(info / "METADATA", b"Name: parity-photos\nVersion: 1\n")
    _put(info / "RECORD", b"photos/owl.jpg,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(AssetError, match="pip install parity-photos --force-reinstall"):
        assets.fetch(Asset(package="parity-photos", file="photos/owl.jpg"))


def test_a_zoo_model_is_made_under_the_cache_and_verified(
    assets: Assets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "make", lambda name, at: _put(at / f"{name}.pb"))
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "kept"))
    made = assets.fetch(Asset(zoo="efficientnet-lite0", sha256=SHA256))
    assert made == tmp_path / "kept" / "zoo" / "efficientnet-lite0.pb"
    with pytest.raises(AssetError, match="zoo model 'efficientnet-lite0' is not the file"):
        assets.fetch(Asset(zoo="efficientnet-lite0", sha256="0" * 64))


def test_the_environment_sets_cache_and_mirror(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "c"))
    monkeypatch.setenv("PARITY_MIRROR", str(tmp_path / "m"))
    assert Assets(base=here).cache == tmp_path / "c" / "assets"
    assert Assets(base=here).mirror == mirror_root() == tmp_path / "m"
    monkeypatch.delenv("PARITY_CACHE")
    monkeypatch.delenv("PARITY_MIRROR")
    assert cache_root().name == "parity"
    assert Assets(base=here).mirror is None


def test_a_pattern_survives_a_folder_that_is_gone(assets: Assets, here: Path) -> None:
    shutil.rmtree(here)
    with pytest.raises(AssetError, match="matches no file"):
        assets.expand(Image(path="*.jpg"))
