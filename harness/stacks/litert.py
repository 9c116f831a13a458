"""LiteRT: a TFLite file, or what TensorFlow's converter makes of a GraphDef, by its interpreter.

It compiles nothing that has a target. Beside `relax-tflite`, which compiles the same file, it tells
what the conversion does to the scores from what the compiler does.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stacks import converters
from harness.stacks.protocol import ArtefactOptions, Feeds, Program, Stack, StackDescription

PACKAGE = "ai-edge-litert"


def describe() -> StackDescription:
    """Its version."""
    from ai_edge_litert import interpreter

    assert interpreter.Interpreter  # noqa: S101  it loads, which is what the answer is about
    return {"version": version(PACKAGE)}


class Interpreter:
    """A Program: one input, outputs by their names in the file."""

    def __init__(self, options: ArtefactOptions) -> None:
        from ai_edge_litert import interpreter

        path = str(Path(options["artefacts"]) / converters.TFLITE_MODEL)
        threads = options.get("intra_op") or None
        self._interpreter = interpreter.Interpreter(model_path=path, num_threads=threads)
        self._interpreter.allocate_tensors()

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs for the one input, whatever name it is given under."""
        (value,) = feeds.values()
        (entry,) = self._interpreter.get_input_details()
        if list(entry["shape"]) != list(np.shape(value)):
            self._interpreter.resize_tensor_input(entry["index"], np.shape(value))
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(entry["index"], value)
        self._interpreter.invoke()
        found = self._interpreter.get_output_details()
        named = {one["name"]: one for one in found}
        # A converted file has one output, whose name is not that of the graph's tensor.
        chosen = [found[0] if len(found) == 1 else named[name] for name in outputs]
        return {name: self._values(one) for name, one in zip(outputs, chosen, strict=True)}

    def _values(self, details: dict[str, Any]) -> NDArray[Any]:
        """The values of an output; of a quantised one those that its integers stand for."""
        values: NDArray[Any] = self._interpreter.get_tensor(details["index"])
        scale, zero = details["quantization"]
        if values.dtype.kind == "f" or not scale:
            return values
        whole = values.astype(np.int64) - int(zero)
        return whole.astype(np.float32) * np.float32(scale)


def open_interpreter(options: ArtefactOptions) -> Program:
    """A Program for a TFLite file."""
    return Interpreter(options)


LITERT = Stack(
    name="tflite",
    program="LiteRT",
    distributions=((PACKAGE,), *converters.TO_TFLITE),
    remedy="Install it: pip install 'parity-harness[litert]'",
    open=open_interpreter,
    describe=describe,
    steps=(converters.CONVERT_TO_NARROW_TFLITE,),
    environment={"TF_CPP_MIN_LOG_LEVEL": "2"},
    compiles=False,
    precisions=("float32", "float16", "dynamic_int8", "int8"),
    takes="tflite",
    reference="harness.execution.file_reference:FileReference",
)

STACKS = (LITERT,)
