"""The pixels of two decoders beside each other, and their difference, as one small picture."""

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from harness.inputs.pixels import jpeg_uri, small
from harness.results.result import DecodedPictures

GAP = 4
"""Pixels between two pictures."""


def decoded_pictures(
    candidate: NDArray[np.uint8], reference: NDArray[np.uint8]
) -> DecodedPictures | None:
    """What two decoders made of one file, `[H, W, C]` uint8 each; None where the shapes differ.

    >>> found = decoded_pictures(np.full((2, 2, 1), 7, np.uint8), np.full((2, 2, 1), 10, np.uint8))
    >>> found.values, found.differing, found.largest, found.factor
    (4, 4, 3, 85)
    """
    if candidate.shape != reference.shape:
        return None
    difference = np.abs(candidate.astype(np.int16) - reference)
    largest = int(difference.max(initial=0))
    factor = 255 // largest if largest else 1
    drawn = (difference * factor).astype(np.uint8)
    return DecodedPictures(
        uri=jpeg_uri(_beside([small(one) for one in (candidate, reference, drawn)])),
        values=difference.size,
        differing=int(np.count_nonzero(difference)),
        largest=largest,
        factor=factor,
    )


def _beside(images: list[PIL.Image.Image]) -> PIL.Image.Image:
    """Images of one size from left to right."""
    width, height = images[0].size
    whole = PIL.Image.new("RGB", (len(images) * (width + GAP) - GAP, height), "white")
    for place, image in enumerate(images):
        whole.paste(image, (place * (width + GAP), 0))
    return whole
