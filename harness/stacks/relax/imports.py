"""The import steps: a GraphDef, an ONNX or a TFLite file as a Relax module on disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.stacks.converters import ONNX_MODEL, TFLITE_MODEL
from harness.stacks.protocol import Arrays, StepPayload, StepReply
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
    """ONNX file → Relax module on disk, weights as constants.

    What a file leaves open of its input's shape is settled, and outputs that are not asked for go.
    """
    import onnx
    from tvm.relax.frontend.onnx import from_onnx

    model = onnx.load(str(Path(payload["source"]) / ONNX_MODEL), load_external_data=False)
    weights = {one.name for one in model.graph.initializer}
    (fed,) = (one.name for one in model.graph.input if one.name not in weights)
    outputs = [one for one in model.graph.output if one.name == payload["output"]]
    if len(model.graph.output) > 1:
        del model.graph.output[:]
        model.graph.output.extend(outputs)
    with shortened():
        shapes = {fed: payload["shape"]}
        module = from_onnx(model, shape_dict=shapes, keep_params_in_input=False)
        save_module(module, payload["folder"])
    return {}, {}


def import_tflite(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """TFLite file → Relax module on disk; ValueError for other outputs or another shape of it."""
    import tflite
    from tvm.relax.frontend.tflite import from_tflite

    data = (Path(payload["source"]) / TFLITE_MODEL).read_bytes()
    model = tflite.Model.GetRootAsModel(data, 0)
    _check(model.Subgraphs(0), payload["shape"])
    with shortened():
        save_module(from_tflite(model), payload["folder"])
    return {}, {}


def _check(graph: Any, shape: Sequence[int]) -> None:
    """Raise ValueError for what is imported and not what is asked for."""
    if graph.OutputsLength() != 1:
        raise ValueError(
            f"the TFLite file has {graph.OutputsLength()} outputs; TVM's importer gives all of "
            "them at once. Convert a model that has one"
        )
    made_for = graph.Tensors(graph.Inputs(0)).ShapeAsNumpy().tolist()
    if made_for != list(shape):
        raise ValueError(
            f"the TFLite file is made for an input of shape {made_for}, and is given "
            f"{list(shape)}; LiteRT can make it another, TVM's importer can't. Resize the images"
        )
