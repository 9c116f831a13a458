"""What the deployed program does to an image file: the `[preprocess]` of a case file."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.cases.preprocess_presets import PresetName, preset_steps
from harness.cases.preprocess_steps import (
    Arithmetic,
    CropOrPad,
    ResizeShorterSide,
    ResizeTo,
    ResizeWithPad,
    Resizing,
    Size,
    Step,
    require_one_or_three,
)
from harness.cases.resampling import LEGACY_FILTERS, Filter, Resampling, Resizer, require_filter
from harness.cases.section import Finite, Section
from harness.errors import UsageError

MAX_STEPS = 32
"""Steps of one case."""
RESIZING = (ResizeTo, ResizeShorterSide, ResizeWithPad)
SHORT_FORM = ("preset", "size", "resizer", "resample", "mean", "scale")
"""Keys that stand for steps."""


class Preprocess(Section):
    """What the deployed program does to the file before it calls the compiled module."""

    decoder: Literal["pillow", "tensorflow"] = "pillow"
    """Which decoder turns the file into pixels."""
    exif: Literal["ignore", "apply"] = "ignore"
    """Whether the image is rotated as its EXIF orientation says; TensorFlow never does that."""
    size: Size | None = None
    """[height, width] the image is resized to; by default the graph's own, else no resize."""
    resizer: Resizer | None = None
    """Library that resizes; by default the preset's, else pillow."""
    resample: Filter | None = None
    """Its filter; by default the preset's, else the default of the library: bicubic of Pillow."""
    mean: tuple[Finite, ...] = (0.0,)
    """Subtracted per channel (one or three numbers), for graphs that start at a float tensor."""
    scale: tuple[Finite, ...] = (1.0,)
    """Multiplied afterwards, per channel."""
    preset: PresetName | None = None
    """The steps of a framework's own code, for the size; docs/preprocessing.md lists them."""
    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)] | None = None
    """Every step between decoded pixels and tensor, in order; in place of the keys above them."""

    @model_validator(mode="after")
    def _consistent(self) -> "Preprocess":
        for key in ("mean", "scale"):
            require_one_or_three(key, getattr(self, key))
        given = [key for key in SHORT_FORM if getattr(self, key) != _default(key)]
        if self.steps is not None and given:
            raise ValueError(f"{given[0]} is a step of its own beside steps; leave it out")
        if self.preset and (given := [key for key in ("mean", "scale") if key in given]):
            raise ValueError(f"{given[0]} is the preset's; leave it out, or write steps instead")
        if self.preset is None:
            require_filter(self.resizer or "pillow", self.resample)
        for step in preset_steps(self.preset, (1, 1)) if self.preset else ():
            if isinstance(step, Resampling):
                require_filter(self.resizer or step.resizer, self.resample or step.filter)
        _require_levels(self.steps or ())
        return self

    @property
    def is_short(self) -> bool:
        """Whether neither steps nor a preset say what is done."""
        return self.steps is None and self.preset is None

    def explicit(self, size: Size | None, *, floats: bool = True) -> tuple[Step, ...]:
        """Every step, for a graph whose pixel tensor has this size, None for any.

        Without `floats`, of a tensor of bytes, mean and scale are left out. Raises UsageError where
        a preset has no size.
        """
        if self.steps is not None:
            return self.steps
        size = self.size or size
        if self.preset:
            if size is None:
                raise UsageError(
                    f"preset {self.preset} needs the size of the tensor, which the graph leaves "
                    "open: --size HEIGHTxWIDTH (in a case file: preprocess.size)"
                )
            return self._resized_otherwise(preset_steps(self.preset, size))
        found = list[Step]()
        if size:
            resizer = self.resizer or "pillow"
            found = [ResizeTo(step="resize", size=size, resizer=resizer, resample=self.resample)]
        if floats and set(self.mean) != {0.0}:
            found.append(Arithmetic(step="subtract", value=self.mean))
        if floats and set(self.scale) != {1.0}:
            found.append(Arithmetic(step="multiply", value=self.scale))
        return tuple(found)

    def _resized_otherwise(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """The steps with resizer and filter replaced where the case names others."""
        return tuple(
            self._with_own_filter(step) if isinstance(step, RESIZING) else step for step in steps
        )

    def _with_own_filter(self, step: Resizing) -> Resizing:
        resizer, resample = self.resizer or step.resizer, self.resample or step.filter
        legacy = step.legacy and resizer == "tensorflow" and resample in LEGACY_FILTERS
        other = {"resizer": resizer, "resample": resample, "legacy": legacy}
        return type(step).model_validate({**step.model_dump(), **other})

    def text(self, steps: Sequence[Step]) -> str:
        """The decoder and explicit steps in one line.

        >>> how = Preprocess(size=(8, 8), mean=(127.5,))
        >>> how.text(how.explicit(None))
        'decode by pillow → resize 8x8 by pillow bicubic → subtract 127.5'
        """
        exif = ", EXIF orientation applied" if self.exif == "apply" else ""
        return " → ".join((f"decode by {self.decoder}{exif}", *(step.text for step in steps)))


def fixed_size(steps: Sequence[Step]) -> Size | None:
    """[height, width] of what the steps give of any picture; None where that depends on it."""
    ends = (step for step in reversed(steps) if not isinstance(step, Arithmetic))
    last = next((step for step in ends if step.step != "reverse_channels"), None)
    return last.size if isinstance(last, ResizeTo | ResizeWithPad | CropOrPad) else None


def wrong_channels(steps: Sequence[Step], channels: int) -> str:
    """Why the steps do not fit pictures of so many channels; empty where they do."""
    for step in steps:
        if isinstance(step, Arithmetic) and len(step.value) not in (1, channels):
            short = {"subtract": " (mean)", "multiply": " (scale)"}.get(step.step, "")
            return (
                f"the step {step.step}{short} has {len(step.value)} numbers, but the graph takes "
                f"{channels} channels; give one number, or one for each channel"
            )
        if step.step == "reverse_channels" and channels not in (1, 3):
            return f"the step reverse_channels is for R, G, B; the graph takes {channels} channels"
    return ""


def _default(key: str) -> object:
    return Preprocess.model_fields[key].default


def _require_levels(steps: Sequence[Step]) -> None:
    """Raise ValueError where Pillow is given fractions of a level."""
    fractions = False
    for number, step in enumerate(steps):
        if fractions and isinstance(step, Resampling) and step.resizer == "pillow":
            raise ValueError(
                f"steps.{number}: pillow resizes whole levels of 0 to 255, and a step before it "
                "makes fractions; let it come first, or resize by opencv or tensorflow"
            )
        makes = isinstance(step, Resampling) and step.makes_fractions
        fractions = fractions or makes or isinstance(step, Arithmetic)
