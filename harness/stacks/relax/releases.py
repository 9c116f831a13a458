"""Which releases of TVM the harness's own parts are written for.

`relax-onnx` and `relax-tflite` with the default pipeline are TVM's own code and need no more than
its release has. The frontend and `packed` use `relax.TensorType` and `Expr.ty`, which TVM 0.25 has
under other names and in other forms.
"""

OLDEST = (0, 26)
"""Of the frontend and of `packed`; both are tested with 0.27."""


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
