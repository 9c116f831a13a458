"""Names of images: valid, unique, and recognisable."""

import re

import pytest

from harness.cases.asset_sections import Image
from harness.errors import CaseError
from harness.inputs.image_names import distinct, slug


def _named(*paths: str, given: tuple[str | None, ...] = ()) -> list[str | None]:
    names = given or (None,) * len(paths)
    pairs = [(Image(path=p, name=n), n is not None) for p, n in zip(paths, names, strict=True)]
    return [image.name for image in distinct(pairs)]


@pytest.mark.parametrize(
    "text", ["", "...", "é", "x" * 300 + ".jpg", "a b.jpg", "-x", "../../etc", "x\n", "*", "💥.png"]
)
def test_any_text_becomes_a_valid_name(text: str) -> None:
    name = slug(text)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}", name)
    assert Image(path="x", name=name).name == name


def test_a_name_ends_like_the_file() -> None:
    assert slug("elephant-299.jpg") == "elephant-299.jpg"
    assert slug("x" * 300 + ".jpg").endswith("x.jpg")


def test_the_same_file_name_in_two_folders_gets_the_folder_in_front() -> None:
    assert _named("cats/1.jpg", "dogs/1.jpg", "2.jpg") == ["cats-1.jpg", "dogs-1.jpg", "2.jpg"]


def test_a_number_where_the_folder_is_not_enough() -> None:
    assert _named("1.jpg", "1.jpg", "../1.jpg") == ["1.jpg", "2-1.jpg", "3-1.jpg"]
    assert _named("a/i/1.jpg", "b/i/1.jpg") == ["i-1.jpg", "2-i-1.jpg"]
    assert _named("1.jpg", "1.jpg", "2-1.jpg") == ["1.jpg", "2-1.jpg", "2-2-1.jpg"]


def test_names_stay_unique_and_valid_when_they_are_long() -> None:
    names = _named(*[f"{'y' * 150}.jpg"] * 12)
    assert len(set(names)) == 12
    assert all(len(name or "") <= 100 for name in names)


def test_a_given_name_is_kept_and_the_other_one_gives_way() -> None:
    paths = ("photos/x.jpg", "z.jpg")
    assert _named(*paths, given=(None, "x.jpg")) == ["photos-x.jpg", "x.jpg"]


def test_the_same_given_name_twice_is_refused() -> None:
    with pytest.raises(CaseError, match="given the name 'cat'"):
        _named("a.jpg", "b.jpg", given=("cat", "cat"))
