"""Converted models by themselves, run by the programs that define their formats.

ONNX: its reference implementation, which is part of the package that writes the files and computes
with NumPy. TFLite: the interpreter that TensorFlow brings. Neither shares code with TVM, so what
they give is what the conversion alone did.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.stacks import tensorflow_library
from harness.stacks.protocol import ArtefactOptions, Feeds, Program
from harness.stacks.relax.converters import ONNX_MODEL, TFLITE_MODEL


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
        import onnx
        from onnx.reference import ReferenceEvaluator

        model = onnx.load(str(Path(options["artefacts"]) / ONNX_MODEL))
        self._input = model.graph.input[0].name
        self._evaluator = ReferenceEvaluator(model, new_ops=[_resize()])

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs in the order of the model for its one input."""
        (value,) = feeds.values()
        return dict(zip(outputs, self._evaluator.run(None, {self._input: value}), strict=True))


class TfliteModel:
    """A Program: TensorFlow's interpreter of TFLite."""

    def __init__(self, options: ArtefactOptions) -> None:
        tf = tensorflow_library.load()

        path = str(Path(options["artefacts"]) / TFLITE_MODEL)
        self._interpreter = tf.lite.Interpreter(model_path=path)
        self._interpreter.allocate_tensors()

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs in the order of the model for its one input."""
        (value,) = feeds.values()
        (entry,) = self._interpreter.get_input_details()
        self._interpreter.set_tensor(entry["index"], value)
        self._interpreter.invoke()
        places = [found["index"] for found in self._interpreter.get_output_details()]
        found = [self._interpreter.get_tensor(place) for place in places]
        return dict(zip(outputs, found, strict=True))


def open_onnx(options: ArtefactOptions) -> Program:
    """A Program for a converted ONNX file."""
    return OnnxModel(options)


def open_tflite(options: ArtefactOptions) -> Program:
    """A Program for a converted TFLite file."""
    return TfliteModel(options)
