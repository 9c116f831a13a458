"""ONNX and TFLite files that are damaged, are something else, or take no image.

They are read in a worker process by the packages that run them, so these faults cost a start each.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.testing.campaign import raw_files
from harness.testing.campaign.fault import MODEL, CampaignFault, check, refused

ONNX, TFLITE = "net.onnx", "net.tflite"
Change = Callable[[Any], object]
"""Of an `onnx.ModelProto`."""


def _bytes(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda work: (work / name).write_bytes(data)


def _onnx(change: Change) -> Callable[[Path], object]:
    """An ONNX file of an image and a weight, changed."""

    def make(work: Path) -> None:
        from onnx import TensorProto, helper

        def value(name: str, *shape: int) -> Any:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        weight = helper.make_tensor("weight", TensorProto.FLOAT, [1], [1.0])
        node = helper.make_node("Add", ["image", "weight"], ["scores"])
        image, scores = value("image", 1, 3, 8, 8), value("scores", 1, 3, 8, 8)
        model = helper.make_model(helper.make_graph([node], "g", [image], [scores], [weight]))
        change(model)
        (work / ONNX).write_bytes(model.SerializeToString())

    return make


def _outside(model: Any) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("float_data")
    tensor.data_location = 1
    tensor.external_data.add(key="location", value="../../../etc/passwd")


def _second_input(model: Any) -> None:
    model.graph.input.append(model.graph.input[0])
    model.graph.input[1].name = "\x1b[2Jflag"


def _endless(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 1 << 40


ONNX_FILES: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "empty": (_bytes(ONNX, b""), "has 0 bytes; expected 1 to 2147483647"),
    "2 GiB of nothing": (lambda work: raw_files.sparse(1 << 31)(work / ONNX), "2147483648 bytes"),
    "noise": (_bytes(ONNX, raw_files.noise(5000)), "cut short or are no ONNX file"),
    "weights in another file": (_onnx(_outside), "tensor 'weight' lies in another file"),
    "two inputs": (_onnx(_second_input), "has 2 inputs: image, "),
    "an input of 2 to the 40 pixels": (_onnx(_endless), "input 'image' takes no image"),
}
TFLITE_FILES: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "a header alone": (_bytes(TFLITE, b"\x1c\0\0\0TFL3" + bytes(64)), "no TFLite file"),
    "a frozen graph": (lambda work: (work / MODEL).rename(work / TFLITE), "no TFLite file"),
}


def _faults(
    name: str, files: Mapping[str, tuple[Callable[[Path], object], str]]
) -> list[CampaignFault]:
    return [
        CampaignFault(f"{name}: {what}", make, check(model=name), refused(words))
        for what, (make, words) in files.items()
    ]


FAULTS = [*_faults(ONNX, ONNX_FILES), *_faults(TFLITE, TFLITE_FILES)]
