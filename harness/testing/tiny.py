"""Small graphs, images and case files that tests make for themselves."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import (
    DT_FLOAT,
    DT_INT32,
    DT_STRING,
    DT_UINT8,
    DTYPES,
    decode,
)
from harness.graphdef.wire import FunctionLibrary, GraphDef

F, I = ("type", DT_FLOAT), ("type", DT_INT32)  # noqa: E741  TensorFlow's own letters for types


def decoder_graph(
    classes: int = 10,
    *,
    size: int = 8,
    extra_op: str | None = None,
    nan: bool = False,
    seed: int = 0,
    name: str = "",
) -> GraphDef:
    """DecodeJpeg → Cast → ExpandDims → ResizeBilinear → conv, ReLU, mean, dense → softmax."""
    graph = GraphDef()
    add_node(graph, "DecodeJpeg/contents", "Placeholder", [], dtype=("type", DT_STRING))
    if name:  # carried to the bytes, for fakes that look for it
        graph.node[-1].attr["_note"].s = name.encode()
    add_node(graph, "DecodeJpeg", "DecodeJpeg", ["DecodeJpeg/contents"], channels=3)
    add_node(graph, "Cast", "Cast", ["DecodeJpeg"], SrcT=("type", DT_UINT8), DstT=F)
    add_const(graph, "ExpandDims/dim", np.int32(0))
    add_node(graph, "ExpandDims", "ExpandDims", ["Cast", "ExpandDims/dim"], T=F, Tdim=I)
    add_const(graph, "ResizeBilinear/size", np.array([size, size], np.int32))
    add_node(
        graph,
        "ResizeBilinear",
        "ResizeBilinear",
        ["ExpandDims", "ResizeBilinear/size"],
        T=F,
        align_corners=False,
        half_pixel_centers=False,
    )
    return _body(graph, "ResizeBilinear", classes, extra_op, nan, seed)


def float_graph(
    classes: int = 10,
    *,
    shape: tuple[int | None, ...] = (None, 8, 8, 3),
    dtype: int = DT_FLOAT,
    seed: int = 0,
    output: str = "softmax",
) -> GraphDef:
    """A graph that starts at a float (or uint8) placeholder called `input`."""
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=("type", dtype))
    for size in shape:
        graph.node[-1].attr["shape"].shape.dim.add(size=-1 if size is None else size)
    last = "input"
    if dtype != DT_FLOAT:
        last = add_node(graph, "Cast", "Cast", [last], SrcT=("type", dtype), DstT=F)
    if len(shape) == 3:
        add_const(graph, "ExpandDims/dim", np.int32(0))
        last = add_node(graph, "ExpandDims", "ExpandDims", [last, "ExpandDims/dim"], T=F, Tdim=I)
    return _body(graph, last, classes, None, False, seed, output)


def with_function(graph: GraphDef) -> GraphDef:
    """The graph with its ReLU in a function that a node calls, as Keras leaves some layers."""
    library = FunctionLibrary()
    function = library.function.add()
    function.signature.name = "layer"
    function.signature.input_arg.add(name="x", type=DT_FLOAT)
    function.signature.output_arg.add(name="y", type=DT_FLOAT)
    function.node_def.add(name="relu", op="Relu", input=["x"]).attr["T"].type = DT_FLOAT
    function.ret["y"] = "relu:activations:0"
    graph.library.MergeFromString(library.SerializeToString())
    call = nodes_by_name(graph)["conv/Relu"]
    call.op = "StatefulPartitionedCall"
    call.attr.clear()
    call.attr["f"].func.name = "layer"
    for name in ("Tin", "Tout"):
        call.attr[name].list.type.append(DT_FLOAT)
    return graph


def _body(
    graph: GraphDef,
    last: str,
    classes: int,
    extra_op: str | None,
    nan: bool,
    seed: int,
    output: str = "softmax",
) -> GraphDef:
    rng = np.random.default_rng(seed)
    kernel = rng.normal(0, 0.02, (3, 3, 3, 8)).astype(np.float32)
    if nan:
        kernel[0, 0, 0, 0] = np.nan
    add_const(graph, "conv/kernel", kernel)
    last = add_node(
        graph,
        "conv",
        "Conv2D",
        [last, "conv/kernel"],
        T=F,
        strides=[1, 2, 2, 1],
        padding="SAME",
        data_format="NHWC",
        dilations=[1, 1, 1, 1],
    )
    if extra_op:
        last = add_node(graph, "odd", extra_op, [last], T=F)
    last = add_node(graph, "conv/Relu", "Relu", [last], T=F)
    add_const(graph, "pool/axes", np.array([1, 2], np.int32))
    last = add_node(graph, "pool", "Mean", [last, "pool/axes"], T=F, Tidx=I, keep_dims=False)
    add_const(graph, "dense/kernel", rng.normal(0, 0.5, (8, classes)).astype(np.float32))
    last = add_node(
        graph,
        "dense/MatMul",
        "MatMul",
        [last, "dense/kernel"],
        T=F,
        transpose_a=False,
        transpose_b=False,
    )
    add_const(graph, "dense/bias", rng.normal(0, 0.1, classes).astype(np.float32))
    last = add_node(graph, "logits", "BiasAdd", [last, "dense/bias"], T=F, data_format="NHWC")
    add_node(graph, output, "Softmax", [last], T=F)
    return graph


def write_graph(path: str | Path, graph: GraphDef) -> Path:
    """The graph as a file."""
    Path(path).write_bytes(to_bytes(graph))
    return Path(path)


def write_image(
    path: str | Path,
    *,
    size: tuple[int, int] = (12, 10),
    mode: str = "RGB",
    seed: int = 0,
    **save: Any,
) -> Path:
    """An image of `size` (width, height) with soft colours, in the format of its suffix."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (4, 4, 3), np.uint8)
    image = PIL.Image.fromarray(coarse).resize(size, PIL.Image.Resampling.BICUBIC).convert(mode)
    image.save(path, **save)
    return Path(path)


def write_dark(path: Path) -> Path:
    """A 12 × 10 image no pixel of which is brighter than 9; fakes tell it from others."""
    ramp = np.arange(360, dtype=np.uint8).reshape(10, 12, 3) % 10
    PIL.Image.fromarray(ramp).save(path)
    return path


def write_case(
    folder: str | Path,
    *,
    images: Sequence[str] = ("a.jpg",),
    candidates: Sequence[str] = ("stack = 'fake'",),
    top: str = "",
    name: str = "tiny",
) -> Path:
    """A project of one case: model.pb, images, cases/<name>.toml; returns the case file."""
    cases = Path(folder) / "cases"
    cases.mkdir(parents=True, exist_ok=True)
    if not (cases / "model.pb").exists():
        write_graph(cases / "model.pb", decoder_graph())
    for seed, image in enumerate(images):
        if not (cases / image).exists():
            write_image(cases / image, seed=seed)
    text = [top, "[model]", "path = 'model.pb'"]
    text += [f"[[images]]\npath = '{image}'" for image in images]
    text += [f"[[candidates]]\n{candidate}" for candidate in candidates]
    path = cases / f"{name}.toml"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def constants(graph: GraphDef) -> Iterator[tuple[str, NDArray[Any]]]:
    """(name, array) of every numeric Const."""
    for node in graph.node:
        if node.op == "Const" and attr_of(node, "dtype").type in DTYPES:
            yield node.name, decode(attr_of(node, "value").tensor)
