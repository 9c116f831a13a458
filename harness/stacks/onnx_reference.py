"""ONNX files by ONNX's reference implementation: what a conversion did, and float64 truth.

It is part of the package that writes the files, computes with NumPy, and shares no code with TVM or
with ONNX Runtime. So what it gives of a converted file is what the conversion alone did. Its
operations compute in the type of their inputs: of a file whose tensors are widened to float64, and
given float64, it gives the truth that rounding errors are taken from.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.stacks.converters import ONNX_MODEL
from harness.stacks.protocol import ArtefactOptions, Feeds, Program

NARROW_INSIDE = frozenset({"GridSample", "LinearAttention", "CausalConvWithState"})
"""Operations that it computes in float32 whatever it is given (onnx 1.23, onnx/reference/ops)."""
QUANTISED = ("Quantize", "QLinear", "Integer")
"""Parts of the names of operations whose results are rounded on purpose."""


def float32_scales(scales: ArrayLike, shape: Sequence[int]) -> NDArray[np.float64]:
    """Scales whose float64 products with a shape have the whole parts of the float32 products.

    A scale is a float32, and ONNX Runtime and TVM multiply it as one: 0.35 times 640 is 224. The
    reference implementation multiplies in float64, where that is 223.999996, and makes 223.

    >>> [int(s * n) for s, n in zip(float32_scales([0.35, 0.52459013], [640, 427]), [640, 427])]
    [224, 223]
    """
    narrow, sides = np.asarray(scales, np.float32), np.asarray(shape, np.float64)
    wanted = np.floor(narrow * sides.astype(np.float32)).astype(np.float64)
    wide = narrow.astype(np.float64)
    above = np.nextafter(wanted / sides, np.inf)
    return np.where(np.floor(wide * sides) == wanted, wide, above)


def _resize() -> type:
    """ONNX's own Resize, its output sizes computed in float32."""
    from onnx.reference.ops.op_resize import Resize as Reference

    class _Resize(Reference):  # type: ignore[misc]  # onnx has no types
        op_domain = ""

        def _run(
            self, x: Any, roi: Any = None, scales: Any = None, sizes: Any = None, **attributes: Any
        ) -> Any:
            if scales is not None and len(scales) == x.ndim:
                scales = float32_scales(scales, x.shape)
            return super()._run(x, roi, scales, sizes, **attributes)

    _Resize.__name__ = "Resize"  # by which the evaluator knows what it replaces
    return _Resize


class OnnxModel:
    """A Program: ONNX's reference implementation."""

    def __init__(self, options: ArtefactOptions) -> None:
        from onnx.reference import ReferenceEvaluator

        model = _load(options)
        self._input = model.graph.input[0].name
        self._evaluator = ReferenceEvaluator(model, new_ops=[_resize()])

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs in the order of the model for its one input."""
        (value,) = feeds.values()
        return dict(zip(outputs, self._evaluator.run(None, {self._input: value}), strict=True))


class Float64Model:
    """A Program: the file with every tensor and every step in float64."""

    def __init__(self, options: ArtefactOptions) -> None:
        from onnx.reference import ReferenceEvaluator

        model = _load(options)
        weights = {one.name for one in model.graph.initializer}
        (self._input,) = (one.name for one in model.graph.input if one.name not in weights)
        for message in _messages(model):
            _widen(message)
        self._evaluator = ReferenceEvaluator(model, new_ops=[_resize()])

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs for the one input; ValueError where a step gives less than float64."""
        (value,) = (np.asarray(one) for one in feeds.values())
        wide = value.astype(np.float64) if value.dtype.kind == "f" else value
        found = self._evaluator.run(None, {self._input: wide}, intermediate=True)
        narrow = [name for name, one in found.items() if _is_narrow(one)]
        if narrow:
            raise ValueError(f"tensor '{narrow[0]:.100}' is computed in float32")
        return {name: found[name] for name in outputs}


def _load(options: ArtefactOptions) -> Any:
    import onnx

    path = Path(options["artefacts"]) / ONNX_MODEL
    return onnx.load_model(path, load_external_data=False)


def _messages(message: Any) -> Iterator[Any]:
    """The tensors and nodes below a message, those of subgraphs and functions too."""
    if message.DESCRIPTOR.name in ("TensorProto", "NodeProto"):
        yield message
    if message.DESCRIPTOR.name == "TensorProto":
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in [value] if hasattr(value, "DESCRIPTOR") else value:
                yield from _messages(one)


def _widen(message: Any) -> None:
    """A tensor's values, or what a Cast makes, as float64; ValueError for what has no such form."""
    from onnx import TensorProto, numpy_helper

    floats = (TensorProto.FLOAT, TensorProto.FLOAT16)
    if message.DESCRIPTOR.name == "TensorProto":
        if message.data_type in floats:
            wide = numpy_helper.to_array(message).astype(np.float64)
            message.CopyFrom(numpy_helper.from_array(wide, message.name))
        return
    if message.op_type in NARROW_INSIDE or any(word in message.op_type for word in QUANTISED):
        raise ValueError(f"operation {message.op_type} has no float64 form")
    for attribute in message.attribute:
        if message.op_type == "Cast" and attribute.name == "to" and attribute.i in floats:
            attribute.i = TensorProto.DOUBLE


def _is_narrow(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype in (np.float16, np.float32)


def open_onnx(options: ArtefactOptions) -> Program:
    """A Program for an ONNX file, in its own types."""
    return OnnxModel(options)


def open_float64(options: ArtefactOptions) -> Program:
    """A Program for an ONNX file, in float64."""
    return Float64Model(options)
