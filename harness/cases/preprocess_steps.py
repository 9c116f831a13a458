"""What a deployed program does to decoded pixels, step by step: `[[preprocess.steps]]`.

Every step is a function of an array `[H, W, C]`; its docstring says whose definition it follows.
`harness.inputs.preprocessing` computes them, `harness.execution.step_nodes` writes them as
TensorFlow's operations for the reference.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.cases.resampling import Resampling
from harness.cases.section import Finite, Integer, Section, Side

Size = tuple[Side, Side]
"""[height, width] in pixels."""
Fill = Annotated[Integer, Field(ge=0, le=255)]
"""Level of the pixels that lie outside the picture."""
Numbers = Annotated[tuple[Finite, ...], Field(min_length=1, max_length=4)]
"""One number, or one for each channel, in the order that the channels have at that step."""


def require_one_or_three(key: str, numbers: tuple[float, ...]) -> None:
    """Raise ValueError for another count of numbers than one, or one for each of R, G and B."""
    if len(numbers) not in (1, 3):
        raise ValueError(f"{key} takes one number or three (R, G, B)")


class ResizeTo(Resampling):
    """Resize to a size, whatever the aspect ratio: Image.resize, cv2.resize, tf.image.resize."""

    step: Literal["resize"]
    """The step's name."""
    size: Size
    """[height, width] of the result."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"resize {sized(self.size)} {self.by}"


class ResizeShorterSide(Resampling):
    """Resize so that the shorter side has this length; the longer one is rounded down.

    torchvision.transforms.functional.resize with one number: `int(size * long / short)`.
    """

    step: Literal["resize_shorter_side"]
    """The step's name."""
    side: Side
    """Length of the shorter side of the result, in pixels."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"resize_shorter_side {self.side} {self.by}"


class ResizeWithPad(Resampling):
    """Resize to the largest picture of the same aspect ratio that fits, in the middle of the size.

    tf.image.resize_with_pad, its float32 arithmetic included.
    """

    step: Literal["resize_with_pad"]
    """The step's name."""
    size: Size
    """[height, width] of the result."""
    fill: Fill = 0
    """Level of the pixels around it."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"resize_with_pad {sized(self.size)} {self.by}{filled(self.fill)}"


class CropOrPad(Section):
    """The window of a size in the middle: cropped where the picture is larger, else padded.

    torchvision's CenterCrop (offset `even`), TFLite Support's ResizeWithCropOrPadOp and
    tf.image.resize_with_crop_or_pad (offset `floor`).
    """

    step: Literal["crop_or_pad"]
    """The step's name."""
    size: Size
    """[height, width] of the result."""
    offset: Literal["floor", "ceil", "even"] = "floor"
    """How half of an odd number of rows or columns to crop is rounded; `even` to the even number,
    as Python's round does. What is padded is always rounded down, above and to the left."""
    fill: Fill = 0
    """Level of the pixels around a smaller picture."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"crop_or_pad {sized(self.size)} offset {self.offset}{filled(self.fill)}"


class CropToAspect(Section):
    """The largest window in the middle that has the aspect ratio of a size.

    keras.preprocessing.image.smart_resize and load_img(keep_aspect_ratio=True), before they resize;
    for a square size ResizeWithCropOrPadOp to the shorter side.
    """

    step: Literal["crop_to_aspect"]
    """The step's name."""
    size: Size
    """[height, width] whose ratio counts."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"crop_to_aspect {sized(self.size)}"


class CentralCrop(Section):
    """The middle of a picture, this fraction of both sides: tf.image.central_crop."""

    step: Literal["central_crop"]
    """The step's name."""
    fraction: Annotated[Finite, Field(gt=0, le=1)]
    """Part of each side that is kept; 0.875 in TF-Slim's Inception preprocessing."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"central_crop {self.fraction:g}"


class CenterSquare(Section):
    """The square in the middle whose side is size / (size + padding) of the shorter side.

    `_decode_and_center_crop` of EfficientNet's preprocessing.py (tensorflow/tpu), its float32
    product and its offset, rounded up, included.
    """

    step: Literal["center_square"]
    """The step's name."""
    side: Side
    """Side in pixels that a later step resizes to."""
    padding: Annotated[Integer, Field(ge=0, le=1 << 14)] = 32
    """EfficientNet's CROP_PADDING."""

    @property
    def text(self) -> str:
        """In one line."""
        return f"center_square {self.side}/({self.side}+{self.padding})"


class ReverseChannels(Section):
    """RGB becomes BGR: `x[..., ::-1]`."""

    step: Literal["reverse_channels"]
    """The step's name."""

    @property
    def text(self) -> str:
        """In one line."""
        return self.step


class Arithmetic(Section):
    """One operation with a number, or with one for each channel, rounded to float32 once."""

    step: Literal["subtract", "multiply", "divide"]
    """The step's name: x − value, x · value or x / value."""
    value: Numbers
    """One number, or one for each channel."""

    @model_validator(mode="after")
    def _usable(self) -> "Arithmetic":
        require_one_or_three("value", self.value)
        if self.step == "divide" and 0 in self.value:
            raise ValueError("value has a zero, by which nothing can be divided")
        return self

    @property
    def text(self) -> str:
        """In one line."""
        return f"{self.step} {', '.join(f'{number:.10g}' for number in self.value)}"


Resizing = ResizeTo | ResizeShorterSide | ResizeWithPad
"""The steps that resize."""
Step = Annotated[
    Resizing | CropOrPad | CropToAspect | CentralCrop | CenterSquare | ReverseChannels | Arithmetic,
    Field(discriminator="step"),
]
"""Any step."""


def sized(size: Size) -> str:
    """A size in words.

    >>> sized((224, 320))
    '224x320'
    """
    return f"{size[0]}x{size[1]}"


def filled(level: int) -> str:
    """What a padded text says of its fill; nothing for black."""
    return f" fill {level}" if level else ""
