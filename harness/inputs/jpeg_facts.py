"""Facts of an image file in which decoders can differ, read from its header by Pillow."""

import contextlib
from collections.abc import Iterator

import PIL.Image

from harness.errors import ImageError
from harness.inputs.pixels import as_image_errors, opened

ORIENTATION = 0x0112
_SAMPLING = {(2, 2): "4:2:0", (2, 1): "4:2:2", (1, 1): "4:4:4", (1, 2): "4:4:0"}


def facts(data: bytes, dct_method: str, exif: str) -> Iterator[str]:
    """Sentences on IDCT, chroma, EXIF and colour; none for a file that Pillow can't open.

    `dct_method` is the attribute of the graph's DecodeJpeg, `exif` that of `Preprocess`.
    """
    with contextlib.suppress(ImageError), as_image_errors("read"), opened(data) as image:
        yield f"{image.format}, {image.width}×{image.height}, mode {image.mode}"
        yield from _jpeg_facts(image, dct_method)
        orientation = image.getexif().get(ORIENTATION, 1)
        if orientation != 1:
            effect = "applied by Pillow alone" if exif == "apply" else "ignored by both"
            yield f"EXIF orientation {orientation}: {effect}; TensorFlow never applies it"


def _jpeg_facts(image: PIL.Image.Image, dct_method: str) -> Iterator[str]:
    layers = getattr(image, "layer", None)
    if image.format not in ("JPEG", "MPO"):
        yield "not a JPEG: no IDCT in which decoders could differ"
        return
    used = dct_method or "INTEGER_FAST, TensorFlow's default"
    yield f"IDCT: TensorFlow {used}; Pillow INTEGER_ACCURATE (libjpeg-turbo's islow)"
    if layers:
        sampling = (layers[0][1], layers[0][2])
        name = _SAMPLING.get(sampling, f"{sampling[0]}×{sampling[1]}")
        yield f"chroma {name}" + ("" if name == "4:4:4" else ", upsampled by each decoder")
    if image.mode == "CMYK":
        yield "CMYK: converted to RGB by each decoder in its own way"
