"""What the deployed program does to an image file: the `[preprocess]` of a case file."""

from typing import Literal

from pydantic import model_validator

from harness.cases.section import Finite, Section, Side


class Preprocess(Section):
    """What the deployed program does to the file before it calls the compiled module."""

    decoder: Literal["pillow", "tensorflow"] = "pillow"
    """Which decoder turns the file into pixels."""
    exif: Literal["ignore", "apply"] = "ignore"
    """Whether the image is rotated as its EXIF orientation says; TensorFlow never does that."""
    size: tuple[Side, Side] | None = None
    """[height, width] the image is resized to; by default the graph's own, else no resize."""
    resample: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] = "bicubic"
    """Pillow's resampling filter; bicubic is the default of Image.resize."""
    mean: tuple[Finite, ...] = (0.0,)
    """Subtracted per channel (one or three numbers), for graphs that start at a float tensor."""
    scale: tuple[Finite, ...] = (1.0,)
    """Multiplied afterwards, per channel."""

    @model_validator(mode="after")
    def _channels(self) -> "Preprocess":
        for key in ("mean", "scale"):
            if len(getattr(self, key)) not in (1, 3):
                raise ValueError(f"{key} takes one number or three (R, G, B)")
        return self
