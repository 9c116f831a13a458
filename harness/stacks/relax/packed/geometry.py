"""The geometry of a conv2d call, read from its attributes."""

from dataclasses import dataclass
from typing import Any

from harness.stacks.relax.packed.expressions import Array, static_shape


@dataclass(frozen=True)
class Convolution:
    """A float32 convolution in NHWC whose weights are constants."""

    image: tuple[int, int, int, int]
    """Batch, height, width, channels of the input."""
    weights: Array
    """`[kh, kw, ci, co]` float32; `ci` is the input channels of one group."""
    strides: tuple[int, int]
    """Rows and columns from one window to the next."""
    dilation: tuple[int, int]
    """Rows and columns from one pixel of a window to the next."""
    padding: tuple[int, int, int, int]
    """Rows and columns of zeros: top, left, bottom, right."""
    groups: int
    """Groups of channels that are convolved independently."""

    @property
    def output(self) -> tuple[int, int, int, int]:
        """Batch, height, width, channels of the result."""
        top, left, bottom, right = self.padding
        padded = (self.image[1] + top + bottom, self.image[2] + left + right)
        windows = zip(self.weights.shape[:2], self.dilation, strict=True)
        extents = [(size - 1) * step + 1 for size, step in windows]
        sizes = zip(padded, extents, self.strides, strict=True)
        height, width = ((size - extent) // stride + 1 for size, extent, stride in sizes)
        return self.image[0], height, width, self.weights.shape[3]

    @property
    def is_depthwise(self) -> bool:
        """Whether every output channel reads one input channel."""
        return self.groups == self.image[3] and self.weights.shape[2] == 1 and self.groups > 1


def convolution(call: Any, weights: Array | None) -> Convolution | None:
    """The convolution that a conv2d call computes; None where no kernel here supports it."""
    attrs, image = call.attrs, static_shape(call.args[0])
    layouts = (str(attrs.data_layout), str(attrs.out_layout))
    if layouts != ("NHWC", "NHWC") or image is None or weights is None:
        return None
    if {str(call.ty.dtype), str(call.args[0].ty.dtype), str(weights.dtype)} != {"float32"}:
        return None
    found = Convolution(
        image=(image[0], image[1], image[2], image[3]),
        weights=weights.transpose([str(attrs.kernel_layout).index(axis) for axis in "HWIO"]),
        strides=_pair(attrs.strides),
        dilation=_pair(attrs.dilation),
        padding=_sides(attrs.padding),
        groups=int(attrs.groups),
    )
    return found if found.output == static_shape(call) and 0 not in found.output else None


def _pair(values: Any) -> tuple[int, int]:
    sizes = [int(value) for value in values]
    return sizes[0], sizes[-1]


def _sides(values: Any) -> tuple[int, int, int, int]:
    """Top, left, bottom, right, of one, two or four numbers."""
    sizes = [int(value) for value in values]
    top, left, bottom, right = sizes * (4 // len(sizes))
    return top, left, bottom, right
