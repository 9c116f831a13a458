"""What a case names becomes a verified local file, or an error that says what to do."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset, Image
from harness.errors import AssetError, AssetUseError
from harness.inputs.assets import Assets
from harness.inputs.case_images import images
from harness.inputs.tests.photo_files import SHA256, put
from harness.inputs.zoo import models


def test_a_relative_path_starts_at_the_case_file(assets: Assets, case_folder: Path) -> None:
    assert (
        assets.fetch(Asset(path="more/owl.jpg", sha256=SHA256)) == case_folder / "more" / "owl.jpg"
    )


def test_a_missing_file_says_where_it_was_looked_for(assets: Assets, case_folder: Path) -> None:
    with pytest.raises(
        AssetError, match=f"'gone.pb' is missing: no file {case_folder}/gone.pb; fetch"
    ):
        assets.fetch(Asset(path="gone.pb"))


@pytest.mark.parametrize("path", [".", "more"])
def test_a_folder_is_no_file(assets: Assets, path: str) -> None:
    with pytest.raises(AssetError, match="is no file"):
        assets.fetch(Asset(path=path))


def test_a_wrong_digest_says_expected_and_found(assets: Assets) -> None:
    with pytest.raises(AssetUseError, match=f"expected {'0' * 64}, found {SHA256}; put the right"):
        assets.fetch(Asset(path="owl.jpg", sha256="0" * 64))
    with pytest.raises(AssetUseError, match=f"git blob id is wrong: expected {'0' * 40}, found"):
        assets.fetch(Asset(path="owl.jpg", git_blob="0" * 40))


@pytest.mark.parametrize("path", ["../other/secret.jpg", "/etc/hostname", "more/../../other/x"])
def test_a_path_outside_is_refused_with_the_way_to_allow_it(assets: Assets, path: str) -> None:
    with pytest.raises(AssetUseError, match=r"outside of .*name /.* by an asset root"):
        assets.fetch(Asset(path=path))


def test_a_symlink_that_leads_outside_is_refused(assets: Assets, case_folder: Path) -> None:
    (case_folder / "link.jpg").symlink_to("../other/secret.jpg")
    for path in ("link.jpg", "lin*.jpg"):
        with pytest.raises(AssetError, match=r"link.jpg leads to .*/other/secret.jpg, outside"):
            assets.fetch(Asset(path=path))
    [image] = images([Image(path="l*.jpg")], assets)
    with pytest.raises(AssetUseError, match="leads to"):
        assets.fetch(image)


def test_a_root_allows_what_lies_in_it(case_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "other" / "secret.jpg"
    allowed = Assets(base=case_folder, cache=tmp_path, roots=(tmp_path / "other",))
    assert allowed.fetch(Asset(path="../other/secret.jpg")) == outside
    assert allowed.fetch(Asset(path=str(outside))) == outside


def test_the_command_line_may_name_any_file(case_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "other" / "secret.jpg"
    free = Assets(base=case_folder, cache=tmp_path, unrestricted=True)
    assert free.fetch(Asset(path=str(outside))) == outside
    with pytest.raises(AssetError, match="is no file: /dev/zero"):
        free.fetch(Asset(path="/dev/zero"))


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "loop", "*\0"])
def test_a_path_that_the_system_refuses_is_an_asset_error(
    assets: Assets, case_folder: Path, path: str
) -> None:
    (case_folder / "loop").symlink_to("loop")
    with pytest.raises(AssetError):
        assets.fetch(Asset(path=path))


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
    put(info / "METADATA", b"Name: parity-photos\nVersion: 1\n")
    put(info / "RECORD", b"photos/owl.jpg,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(AssetError, match="pip install parity-photos --force-reinstall"):
        assets.fetch(Asset(package="parity-photos", file="photos/owl.jpg"))


def test_a_zoo_model_is_made_under_the_cache_and_verified(
    assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "make", lambda name, at: put(at / f"{name}.pb"))
    made = assets.fetch(Asset(zoo="efficientnet-lite0", sha256=SHA256))
    assert made == assets.cache / "zoo" / "efficientnet-lite0.pb"
    with pytest.raises(AssetError, match="zoo model 'efficientnet-lite0' is not the file"):
        assets.fetch(Asset(zoo="efficientnet-lite0", sha256="0" * 64))
