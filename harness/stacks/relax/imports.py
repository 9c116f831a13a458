"""The import steps: a GraphDef, an ONNX or a TFLite file as a Relax module on disk."""

from pathlib import Path

from harness.stacks.protocol import Arrays, StepPayload, StepReply
from harness.stacks.relax.converters import ONNX_MODEL, TFLITE_MODEL
from harness.stacks.relax.module_file import save_module
from harness.stacks.relax.releases import require_release
from harness.stacks.tvm_errors import shortened


def import_graph(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """GraphDef file → Relax module on disk, by the harness's own frontend."""
    require_release("stack 'relax'", "take relax-onnx or relax-tflite")
    from harness.stacks.relax.frontend import from_tensorflow

    data = Path(payload["source"]).read_bytes()
    save_module(from_tensorflow(data, outputs=[payload["output"]]), payload["folder"])
    return {}, {}


def import_onnx(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """ONNX file → Relax module on disk, weights as constants."""
    import onnx
    from tvm.relax.frontend.onnx import from_onnx

    model = onnx.load(str(Path(payload["source"]) / ONNX_MODEL))
    with shortened():
        save_module(from_onnx(model, keep_params_in_input=False), payload["folder"])
    return {}, {}


def import_tflite(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """TFLite file → Relax module on disk."""
    import tflite
    from tvm.relax.frontend.tflite import from_tflite

    data = (Path(payload["source"]) / TFLITE_MODEL).read_bytes()
    with shortened():
        save_module(from_tflite(tflite.Model.GetRootAsModel(data, 0)), payload["folder"])
    return {}, {}
