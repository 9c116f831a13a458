"""Where an image enters a file that declares its tensors, and where its scores leave it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import GraphError, nearest
from harness.graphdef.access import Shape
from harness.graphdef.endpoints import CHANNELS, MAX_PIXELS, RANK, ImageInput

IMAGE_TYPES = ("float16", "float32", "float64", "uint8")
"""Types of tensor that an image can be made into."""
SHOWN = 10
"""Tensors that an error lists."""


@dataclass(frozen=True)
class DeclaredTensor:
    """An input or an output as the file has it."""

    name: str
    """Its name."""
    dtype: str
    """numpy's name of its type."""
    shape: Shape
    """None where a side may have any length."""


def declared_input(inputs: Sequence[DeclaredTensor], name: str | None) -> ImageInput:
    """Where the image enters; GraphError where that is not the file's only input, or no image."""
    if name is not None:
        _named(inputs, name, "input")
    if len(inputs) != 1:
        raise GraphError(
            f"the model has {len(inputs)} inputs: {_listed(inputs)}; expected the image alone"
        )
    (found,) = inputs
    shape = found.shape or (None, None, None, 3)
    entry = ImageInput(found.name, found.name, "pixels", found.dtype, shape, 3)
    if len(shape) not in (RANK - 1, RANK) or found.dtype not in IMAGE_TYPES:
        raise _no_image(found)
    channels = shape[-3] if entry.channels_first else shape[-1]
    batch = shape[0] if len(shape) == RANK else 1
    if channels not in CHANNELS or batch not in (1, None):
        raise _no_image(found)
    if any(side is not None and side <= 0 for side in shape):
        raise _no_image(found)
    if entry.size and math.prod(entry.size) > MAX_PIXELS:
        raise _no_image(found)
    return ImageInput(found.name, found.name, "pixels", found.dtype, shape, channels)


def declared_output(outputs: Sequence[DeclaredTensor], name: str | None) -> DeclaredTensor:
    """The tensor of scores: the one that is named, or the only one; raises GraphError."""
    if name is not None:
        return _named(outputs, name, "output")
    if len(outputs) != 1:
        raise GraphError(
            f"the model has {len(outputs)} outputs: {_listed(outputs)}; "
            "name one with --output (in a case file: model.output)"
        )
    return outputs[0]


def _named(tensors: Sequence[DeclaredTensor], name: str, what: str) -> DeclaredTensor:
    found = {one.name: one for one in tensors}
    if name not in found:
        raise GraphError(f"the model has no {what} '{name}'; {nearest(name, found)}")
    return found[name]


def _listed(tensors: Sequence[DeclaredTensor]) -> str:
    more = f" and {len(tensors) - SHOWN} more" if len(tensors) > SHOWN else ""
    return (", ".join(one.name for one in tensors[:SHOWN]) or "none") + more


def _no_image(found: DeclaredTensor) -> GraphError:
    return GraphError(
        f"input '{found.name}' takes no image: type {found.dtype}, shape {found.shape}; expected "
        "[H, W, C], [1, H, W, C] or [1, C, H, W] of uint8 or float32 with 1, 3 or 4 channels"
    )
