"""The images of a case, patterns expanded, each file once and with a name of its own."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.cases.asset_sections import Image
from harness.errors import AssetError, AssetUseError, CaseError
from harness.inputs.assets import Assets
from harness.inputs.image_names import distinct, file_name, slug


def images(case_images: Iterable[Image], assets: Assets) -> list[Image]:
    """Every image of a case as a single file with a unique name.

    An image that can't be expanded is kept as it is, so that it becomes a skipped row:
    `Assets.fetch` raises the same AssetError again. Raises CaseError for a pattern that matches no
    file, for a file that is named twice, and where two images were given the same name.
    """
    groups = [(image, _expanded(image, assets)) for image in case_images]
    single = [found[0] for image, found in groups if not _is_pattern(image, found)]
    seen = _distinct_places(single, assets.base)
    expanded: list[tuple[Image, bool]] = []
    for image, found in groups:
        given = image.name is not None and len(found) == 1
        new = found
        if _is_pattern(image, found):  # what is named elsewhere counts once
            new = [one for one in found if _place(one, assets.base) not in seen]
            seen |= {_place(one, assets.base) for one in new}
        expanded += [(one, given) for one in new]
    return distinct(expanded)


def _is_pattern(image: Image, found: Sequence[Image]) -> bool:
    return [(one.path, one.file) for one in found] != [(image.path, image.file)]


def _place(image: Image, base: Path) -> str:
    """Where a single file comes from, the same for every spelling of its path."""
    if image.package:
        return f"{image.package}: {image.file}"
    return image.url or os.path.normpath(base / (image.path or ""))


def _distinct_places(named: Iterable[Image], base: Path) -> set[str]:
    """The places of files that are named one by one; raises CaseError where two are the same."""
    places = Counter(_place(image, base) for image in named)
    twice = [place for place, times in places.items() if times > 1]
    if twice:
        raise CaseError(f"images: {twice[0]} is named twice; each image has one row a candidate")
    return set(places)


def _expanded(image: Image, assets: Assets) -> list[Image]:
    """As `Assets.expand`, and the image as it is where that can't be done on this machine."""
    try:
        return assets.expand(image)
    except AssetUseError as error:
        raise CaseError(f"images: {error}") from error
    except AssetError:
        return [image.model_copy(update={"name": image.name or slug(file_name(image))})]
