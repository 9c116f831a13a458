"""Crops of one size of the photos that scikit-image ships: one module serves them all.

`python -m harness.testing.photo_crops FOLDER COUNT SIDE` writes `FOLDER/crop-000.png` and so on,
each SIDE×SIDE pixels, of the photos in turn. A crop takes two thirds of a photo's shorter
side or more.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image

from harness.testing.pretrained import PHOTOS, photo


def crops(side: int, seed: int = 0) -> Iterator[PIL.Image.Image]:
    """Crops without end; the first ones are the same, however many are taken."""
    rng = np.random.default_rng(seed)
    whole = [PIL.Image.open(photo(name)).convert("RGB") for name in PHOTOS]
    while True:
        for image in whole:
            reach = int(min(image.size) * rng.uniform(2 / 3, 1))
            left, top = (int(rng.integers(0, length - reach + 1)) for length in image.size)
            box = (left, top, left + reach, top + reach)
            yield image.resize((side, side), PIL.Image.Resampling.BICUBIC, box)


def write_crops(folder: Path, count: int, side: int) -> list[Path]:
    """Write the first `count` crops; their paths."""
    paths = [folder / f"crop-{number:03}.png" for number in range(count)]
    for path, image in zip(paths, crops(side), strict=False):
        image.save(path)
    return paths


if __name__ == "__main__":
    write_crops(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
