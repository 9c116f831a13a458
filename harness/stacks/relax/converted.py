"""Converted TFLite models by themselves, run by the interpreter that TensorFlow brings.

It shares no code with TVM, so what it gives is what the conversion alone did. Of ONNX files the
same is told by `harness.stacks.onnx_reference`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.stacks import tensorflow_library
from harness.stacks.converters import TFLITE_MODEL
from harness.stacks.protocol import ArtefactOptions, Feeds, Program


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


def open_tflite(options: ArtefactOptions) -> Program:
    """A Program for a converted TFLite file."""
    return TfliteModel(options)
