"""Conversions of operations on NCHW images to the same operations on NHWC images.

Each function takes a call on NCHW images and those images in NHWC. It returns the call that gives
the result in NHWC, or None where there is none.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tvm import relax, s_tir
from tvm.s_tir.schedule import ScheduleError

NHWC_TO_NCHW = (0, 3, 1, 2)
"""Axes of permute_dims from NHWC to NCHW."""
NCHW_TO_NHWC = (0, 2, 3, 1)
"""Axes of permute_dims from NCHW to NHWC."""
RANK = len(NCHW_TO_NHWC)

Conversion = Callable[[Any, Sequence[Any]], Any]

_ELEMENTWISE = """
abs add astype ceil clip divide erf exp floor log maximum minimum multiply negative power rsqrt
sigmoid sqrt square subtract tanh where nn.relu nn.gelu nn.silu nn.leakyrelu
"""
ELEMENTWISE = frozenset(f"relax.{name}" for name in _ELEMENTWISE.split())


def _conv2d(call: Any, images: Sequence[Any]) -> Any:
    attrs = call.attrs
    order = [str(attrs.kernel_layout).index(axis) for axis in "HWIO"]
    return relax.op.nn.conv2d(
        images[0],
        relax.op.permute_dims(call.args[1], order),
        attrs.strides,
        attrs.padding,
        attrs.dilation,
        int(attrs.groups),
        "NHWC",
        "HWIO",
        "NHWC",
        attrs.out_dtype,
    )


def _pool(make: Callable[..., Any]) -> Conversion:
    def convert(call: Any, images: Sequence[Any]) -> Any:
        attrs = call.attrs
        window = (attrs.pool_size, attrs.strides, attrs.padding, attrs.dilation)
        counted = (bool(attrs.ceil_mode), bool(attrs.count_include_pad))
        return make(images[0], *window, *counted, "NHWC", "NHWC")

    return convert


def _pad(call: Any, images: Sequence[Any]) -> Any:
    attrs = call.attrs
    width = [
        int(size) for axis in NCHW_TO_NHWC for size in attrs.pad_width[2 * axis : 2 * axis + 2]
    ]
    return relax.op.nn.pad(images[0], width, str(attrs.pad_mode), float(attrs.pad_value))


def _mean(call: Any, images: Sequence[Any]) -> Any:
    """A mean; None where the remaining axes would change their order."""
    if call.attrs.axis is None:
        return None
    over = {int(axis) % RANK for axis in call.attrs.axis}
    remaining = [axis for axis in NCHW_TO_NHWC if axis not in over]
    if not call.attrs.keepdims and remaining != sorted(remaining):
        return None
    axes = [place for place, axis in enumerate(NCHW_TO_NHWC) if axis in over]
    return relax.op.mean(images[0], axes, bool(call.attrs.keepdims))


def concat(call: Any, images: Sequence[Any]) -> Any:
    """A concatenation of images."""
    axis = call.attrs.axis
    nhwc_axis = None if axis is None else NCHW_TO_NHWC.index(int(axis) % RANK)
    return relax.op.concat(list(images), nhwc_axis)


LAYOUT_OPS: dict[str, Conversion] = {
    "relax.nn.conv2d": _conv2d,
    "relax.nn.max_pool2d": _pool(relax.op.nn.max_pool2d),
    "relax.nn.avg_pool2d": _pool(relax.op.nn.avg_pool2d),
    "relax.nn.pad": _pad,
    "relax.mean": _mean,
}
"""Operations of one image (and weights) whose attributes name axes or a layout."""


def kernel(function: Any, images: Sequence[int]) -> Any | None:
    """A kernel with the buffers `images` (positions among the inputs) and its output in NHWC.

    Only for kernels of one block over the four axes of their output; None for any other.
    """
    schedule = s_tir.Schedule(function)
    blocks = schedule.get_child_blocks(schedule.get_sblock("root"))
    if len(blocks) != 1:
        return None

    def order(n: Any, c: Any, h: Any, w: Any) -> tuple[Any, ...]:
        return n, h, w, c

    try:
        for position in images:
            schedule.transform_layout(blocks[0], function.params[position].name, order)
        schedule.transform_layout(blocks[0], ("write", 0), order)
        schedule.transform_block_layout(blocks[0], order)
    except (ScheduleError, ValueError):
        return None
    return schedule.mod["main"]
