"""Images given by a pattern: which files it stands for, and their names."""

import shutil
from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset, Image
from harness.errors import AssetError, CaseError
from harness.inputs import assets as module
from harness.inputs.assets import Assets
from harness.inputs.case_images import images
from harness.inputs.tests.photo_files import CONTENT, SHA256, URL


def _names(assets: Assets, *wanted: Image) -> list[str | None]:
    return [image.name for image in images(wanted, assets)]


def test_a_glob_gives_its_visible_files_sorted_and_named(assets: Assets) -> None:
    found = images([Image(path="*.jpg")], assets)
    assert [image.path for image in found] == ["cat.jpg", "owl.jpg", "photo[1].jpg"]
    assert [image.name for image in found] == ["cat.jpg", "owl.jpg", "photo_1_.jpg"]
    assert [assets.fetch(image).read_bytes() for image in found] == [CONTENT] * 3


def test_a_file_whose_name_looks_like_a_glob_is_that_file(
    assets: Assets, case_folder: Path
) -> None:
    assert assets.fetch(Asset(path="photo[1].jpg")) == case_folder / "photo[1].jpg"


def test_same_names_in_two_folders_are_told_apart(assets: Assets) -> None:
    found = images([Image(path="owl.jpg"), Image(path="**/owl.jpg")], assets)
    assert [image.name for image in found] == ["owl.jpg", "more-owl.jpg"]
    assert [image.path for image in found] == ["owl.jpg", "more/owl.jpg"]


def test_a_file_counts_once_however_many_patterns_match_it(assets: Assets) -> None:
    found = images(
        [Image(path="*.jpg"), Image(path="./cat.jpg", name="tom"), Image(path="o*.jpg")], assets
    )
    assert [image.name for image in found] == ["owl.jpg", "photo_1_.jpg", "tom"]


@pytest.mark.parametrize("other", ["owl.jpg", "./owl.jpg", "more/../owl.jpg"])
def test_a_file_that_is_named_twice_is_refused(assets: Assets, other: str) -> None:
    with pytest.raises(CaseError, match=r"owl\.jpg is named twice"):
        images([Image(path="owl.jpg"), Image(path=other, name="other")], assets)


def test_a_name_given_to_a_glob_starts_every_name(assets: Assets) -> None:
    assert _names(assets, Image(path="[co]*.jpg", name="set")) == ["set-cat.jpg", "set-owl.jpg"]
    assert _names(assets, Image(path="c*.jpg", name="set")) == ["set"]


def test_the_same_name_given_twice_is_refused(assets: Assets) -> None:
    with pytest.raises(CaseError, match="given the name 'x'"):
        images([Image(path="owl.jpg", name="x"), Image(path="cat.jpg", name="x")], assets)


@pytest.mark.parametrize(
    ("image", "name", "message"),
    [
        (Image(path="gone.jpg", name="mine"), "mine", "'gone.jpg' is missing"),
        (Image(package="no-such-parity", file="a/*.jpg"), "image_.jpg", "pip install no-such"),
        (Image(url=URL, sha256=SHA256), "my_owl.jpg", "offline"),
    ],
)
def test_an_image_that_cannot_be_had_stays_and_says_why_when_fetched(
    assets: Assets, image: Image, name: str, message: str
) -> None:
    found = images([image, Image(path="cat.jpg")], assets)
    assert [one.name for one in found] == [name, "cat.jpg"]
    with pytest.raises(AssetError, match=message):
        assets.fetch(found[0])


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (Image(path="none/*.png"), r"images: path 'none/\*\.png' matches no file in .*/case"),
        (Image(path="../*/s*.jpg"), "outside of"),
        (Image(path="*/../../other/s*.jpg"), r"has \.\. behind a wildcard"),
        (Image(path="*.jpg", sha256=SHA256), "matches 3 files"),
        (Image(package="numpy", file="nmpy/*.jpg"), "'nmpy/.*' of package 'numpy' matches no file"),
        (Image(package="numpy", file="nmpy/core.py"), "lists no file 'nmpy/core.py'"),
    ],
)
def test_an_image_that_no_machine_has_is_an_error_of_the_case(
    assets: Assets, image: Image, message: str
) -> None:
    with pytest.raises(CaseError, match=message):
        images([Image(path="cat.jpg"), image], assets)


def test_a_broken_link_in_a_glob_is_not_dropped(assets: Assets, case_folder: Path) -> None:
    (case_folder / "more" / "broken.jpg").symlink_to("gone.jpg")
    assert _names(assets, Image(path="more/*")) == ["broken.jpg", "owl.jpg"]


def test_a_glob_of_too_many_files_is_refused(
    assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_MATCHES", 2)
    assert len(assets.expand(Image(path="[co]*.jpg"))) == 2
    with pytest.raises(AssetError, match="matches more than 2 files; narrow the pattern"):
        assets.expand(Image(path="*.jpg"))


def test_a_model_may_be_a_glob_of_one_file_only(assets: Assets, case_folder: Path) -> None:
    assert assets.fetch(Asset(path="note.*")) == case_folder / "note.txt"
    with pytest.raises(AssetError, match=r"matches 3 files where one is needed; .*cat.jpg"):
        assets.fetch(Asset(path="*.jpg"))


def test_a_pattern_survives_a_folder_that_is_gone(assets: Assets, case_folder: Path) -> None:
    shutil.rmtree(case_folder)
    with pytest.raises(AssetError, match="matches no file"):
        assets.expand(Image(path="*.jpg"))
