"""Which releases of TVM the harness's own parts are written for, and what differs between them.

`relax-onnx` and `relax-tflite` with the default pipeline are TVM's own code and need no more than
its release has. The frontend and `packed` use `relax.TensorType` and `Expr.ty`, which TVM 0.25 has
under other names and in other forms.
"""

from typing import Any

from numpy.typing import NDArray

OLDEST = (0, 26)
"""Of the frontend and of `packed`; both are tested with 0.27."""


def constant_value(expr: Any) -> NDArray[Any] | None:
    """The value of a constant expression; None for any other expression.

    That is the `value` of an `ir.GenericConst`, in TVM 0.26 the `data` of a `relax.Constant`.
    """
    from tvm import ir, relax

    if not hasattr(ir, "GenericConst"):
        return expr.data.numpy() if isinstance(expr, relax.Constant) else None
    return expr.value.numpy() if isinstance(expr, ir.GenericConst) else None


def region_buffer(region: Any) -> Any:
    """The buffer that a region of a block lies in: its `source`, in TVM 0.26 its `buffer`."""
    return region.source if hasattr(region, "source") else region.buffer


def region_shape(region: Any) -> tuple[int, ...]:
    """The shape of that buffer: of its type, in TVM 0.26 its own."""
    sizes = region.source.ty.shape if hasattr(region, "source") else region.buffer.shape
    return tuple(int(size) for size in sizes)


def require_release(part: str, remedy: str) -> None:
    """Raise NotImplementedError where TVM is older than OLDEST.

    `part` is what needs it, `remedy` what can be done instead of another TVM.
    """
    import tvm
    from packaging.version import Version

    if Version(tvm.__version__).release[: len(OLDEST)] < OLDEST:
        raise NotImplementedError(
            f"{part} needs TVM {'.'.join(map(str, OLDEST))} or later, found {tvm.__version__}; "
            f"{remedy}, or install a later TVM"
        )
