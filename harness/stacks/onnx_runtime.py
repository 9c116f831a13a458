"""ONNX Runtime: an ONNX file, or what tf2onnx makes of a GraphDef, run as anyone would run it.

It compiles nothing that has a target. Beside `relax-onnx`, which compiles the same file, it tells
what the conversion does to the scores from what the compiler does.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.stacks import converters
from harness.stacks.protocol import ArtefactOptions, Feeds, Program, Stack, StackDescription

PROVIDER = "CPUExecutionProvider"
_ERRORS_ALONE = 3
"""Of ONNX Runtime's levels of logging."""


def describe() -> StackDescription:
    """Its version."""
    import onnxruntime

    return {"version": onnxruntime.__version__}


def session_of(model: str | bytes, options: ArtefactOptions) -> Any:
    """An InferenceSession of a file by its path, or of its bytes."""
    import onnxruntime

    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = options.get("intra_op", 0)
    chosen.inter_op_num_threads = options.get("inter_op", 0)
    chosen.log_severity_level = _ERRORS_ALONE
    return onnxruntime.InferenceSession(model, chosen, providers=[PROVIDER])


class OnnxSession:
    """A Program: one input, outputs by their names in the file."""

    def __init__(self, options: ArtefactOptions) -> None:
        path = Path(options["artefacts"]) / converters.ONNX_MODEL
        self._session = session_of(str(path), options)

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs for the one input, whatever name it is given under."""
        (value,) = feeds.values()
        (entry,) = self._session.get_inputs()
        found = self._session.run(list(outputs), {entry.name: value})
        return dict(zip(outputs, found, strict=True))


def open_session(options: ArtefactOptions) -> Program:
    """A Program for an ONNX file."""
    return OnnxSession(options)


ONNX_RUNTIME = Stack(
    name="onnxruntime",
    program="ONNX Runtime",
    distributions=(("onnxruntime",), *converters.TO_ONNX),
    remedy="Install it: pip install 'parity-harness[onnxruntime]'",
    open=open_session,
    describe=describe,
    steps=(converters.CONVERT_TO_ONNX,),
    environment={"TF_CPP_MIN_LOG_LEVEL": "2"},
    compiles=False,
    takes="onnx",
    reference="harness.execution.file_reference:FileReference",
)

STACKS = (ONNX_RUNTIME,)
