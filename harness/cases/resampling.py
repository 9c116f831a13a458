"""Which library resizes a picture, with which filter."""

from typing import Literal

from pydantic import model_validator

from harness.cases.section import Boolean, Section

Resizer = Literal["pillow", "opencv", "tensorflow"]
"""A library that resizes pictures."""
Filter = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", "area"]
"""A resampling filter; each library has some of them, under its own names."""
FILTERS: dict[Resizer, tuple[Filter, ...]] = {
    "pillow": ("bicubic", "nearest", "box", "bilinear", "hamming", "lanczos"),
    "opencv": ("bilinear", "nearest", "bicubic", "area", "lanczos"),
    "tensorflow": ("bilinear", "nearest", "bicubic", "area", "lanczos"),
}
"""The filters of each library, its default first: of Image.resize, of cv2.resize (INTER_LINEAR,
INTER_NEAREST, INTER_CUBIC, INTER_AREA, INTER_LANCZOS4), of tf.image.resize (lanczos: lanczos3)."""
LEGACY_FILTERS = ("bilinear", "nearest", "bicubic")
"""Filters of TensorFlow whose sampling points are other ones in TensorFlow 1."""


def require_filter(resizer: Resizer, resample: Filter | None) -> None:
    """Raise ValueError where the library has no such filter."""
    if resample is not None and resample not in FILTERS[resizer]:
        known = ", ".join(sorted(FILTERS[resizer]))
        raise ValueError(f"{resizer} has no filter '{resample}'; it has {known}")


class Resampling(Section):
    """How a step resizes: by which library, with which filter."""

    resizer: Resizer = "pillow"
    """Library that resizes. pillow and opencv keep whole levels of 0 to 255, tensorflow makes
    float32; pillow alone averages all pixels where a picture gets smaller."""
    resample: Filter | None = None
    """Its filter; by default the library's own: bicubic of pillow, bilinear of the others."""
    antialias: Boolean = False
    """tensorflow: average all pixels where a picture gets smaller (`antialias` of
    tf.image.resize)."""
    legacy: Boolean = False
    """tensorflow: the sampling points of TensorFlow 1 (tf.compat.v1.image.resize, no half-pixel
    centres)."""

    @model_validator(mode="after")
    def _possible(self) -> "Resampling":
        require_filter(self.resizer, self.resample)
        asked = [key for key in ("antialias", "legacy") if getattr(self, key)]
        if asked and self.resizer != "tensorflow":
            raise ValueError(f"{asked[0]} is of resizer tensorflow; found {self.resizer}")
        if self.legacy and (self.antialias or self.filter not in LEGACY_FILTERS):
            raise ValueError(
                f"legacy sampling points have {', '.join(LEGACY_FILTERS)}, without antialias"
            )
        return self

    @property
    def filter(self) -> Filter:
        """The filter, the library's default where none is named."""
        return self.resample or FILTERS[self.resizer][0]

    @property
    def makes_fractions(self) -> bool:
        """Whether the result has fractions of a level, as float32."""
        return self.resizer == "tensorflow" and self.filter != "nearest"

    @property
    def by(self) -> str:
        """In words, such as `by pillow bilinear`."""
        more = [key for key in ("antialias", "legacy") if getattr(self, key)]
        return " ".join(("by", self.resizer, self.filter, *more))
