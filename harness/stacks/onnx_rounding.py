"""An ONNX file whose sums round at random, run by ONNX Runtime: what rounding may do to its scores.

The same method as `harness.graphdef.random_rounding`, which says why: the result y of every sum of
n terms becomes ((f·y + C) − C) / f in float32, with C = GRID·f·√n·rms(y) and a factor f that moves
the grid of each sample.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.graphdef.random_rounding import GRID
from harness.stacks.converters import ONNX_MODEL
from harness.stacks.onnx_runtime import session_of
from harness.stacks.protocol import ArtefactOptions, Feeds, Program

FACTOR = "parity/rounding_factor"
"""Input of a float32 scalar, one of `harness.graphdef.random_rounding.SAMPLES`."""
DOMAIN = "parity"
FUNCTIONS_SINCE = 8
"""Version of the format since which a file can have functions."""
CONVOLUTIONS = {"Conv": "OfConvolution", "ConvTranspose": "OfTransposed"}
"""Operation → the function that counts its terms from its weights."""
PRODUCTS = ("MatMul", "Gemm", "Einsum")
REDUCTIONS = ("AveragePool", "GlobalAveragePool", "ReduceMean", "ReduceSum")

_HEAD = '<opset_import: ["" : {version}], domain: "parity">'
ROUNDED = f"""
Rounded (y, factor, terms) => (rounded) {{
    per_size = Constant <value = float {{{GRID}}}> ()
    squares = Mul (y, y)
    mean = ReduceMean <keepdims = 0> (squares)
    variance = Mul (mean, terms)
    size = Sqrt (variance)
    grid = Mul (factor, per_size)
    offset = Mul (size, grid)
    scaled = Mul (y, factor)
    moved = Add (scaled, offset)
    back = Sub (moved, offset)
    rounded = Div (back, factor)
}}"""
OF_REDUCTION = """
OfReduction (x, y) => (terms) {
    inputs = Size (x)
    outputs = Size (y)
    above = Cast <to = 1> (inputs)
    below = Cast <to = 1> (outputs)
    terms = Div (above, below)
}"""
OF_PRODUCT = """
OfProduct (a, b, y) => (terms) {
    of_a = Size (a)
    of_b = Size (b)
    of_y = Size (y)
    left = Cast <to = 1> (of_a)
    right = Cast <to = 1> (of_b)
    below = Cast <to = 1> (of_y)
    above = Mul (left, right)
    square = Div (above, below)
    terms = Sqrt (square)
}"""
"""Of [.., m, k] by [.., k, n], which gives [.., m, n]: √(m·k · k·n / (m·n)) = k."""
OF_WEIGHTS = """
%s (w) => (terms) {
    weights = Size (w)
    shape = Shape (w)
    axis = Constant <value = int64 {%d}> ()
    channels = Gather (shape, axis)
    above = Cast <to = 1> (weights)
    below = Cast <to = 1> (channels)
    terms = Div (above, below)
}"""
"""Of a convolution: its weights over the channels that it makes, the axis of which is named."""
FUNCTIONS = (
    ROUNDED,
    OF_REDUCTION,
    OF_PRODUCT,
    OF_WEIGHTS % ("OfConvolution", 0),
    OF_WEIGHTS % ("OfTransposed", 1),
)
"""One sum rounded, and the number of its terms, in ONNX's own notation; type 1 is float32."""


class RoundedSession:
    """A Program: the image, and the factor as `FACTOR`."""

    def __init__(self, options: ArtefactOptions) -> None:
        import onnx

        path = Path(options["artefacts"]) / ONNX_MODEL
        model = onnx.load_model(path, load_external_data=False)
        self._input = session_inputs(model)[0]
        with_random_rounding(model)
        self._session = session_of(model.SerializeToString(), options)

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The outputs by their names in the file."""
        (image,) = (value for name, value in feeds.items() if name != FACTOR)
        given = {self._input: image, FACTOR: np.asarray(feeds[FACTOR], np.float32)}
        found = self._session.run(list(outputs), given)
        return dict(zip(outputs, found, strict=True))


def session_inputs(model: Any) -> list[str]:
    """Names of what is fed; weights can be listed as inputs, too."""
    weights = {one.name for one in model.graph.initializer}
    return [one.name for one in model.graph.input if one.name not in weights]


def with_random_rounding(model: Any) -> int:
    """Change the model so that its sums round at random; returns how many do.

    Sums in the branches of a condition or in a loop are left as they are.
    """
    from onnx import TensorProto, helper, parser, shape_inference

    inferred = shape_inference.infer_shapes(model).graph
    known = (*inferred.value_info, *inferred.output)
    kinds = {one.name: one.type.tensor_type.elem_type for one in known}
    nodes, sums = [], 0
    for node in model.graph.node:
        nodes.append(node)
        name, terms = node.output[0], _terms(node)
        if terms and kinds.get(name) == TensorProto.FLOAT:
            node.output[0] = exact = f"{name}/parity/exact"
            function, *of = terms
            count, tensors = f"{name}/parity/terms", [exact if one == name else one for one in of]
            nodes.append(helper.make_node(function, tensors, [count], domain=DOMAIN))
            inputs = [exact, FACTOR, count]
            nodes.append(helper.make_node("Rounded", inputs, [name], domain=DOMAIN))
            sums += 1
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.input.append(helper.make_tensor_value_info(FACTOR, TensorProto.FLOAT, []))
    (version,) = (one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    for text in FUNCTIONS:
        model.functions.append(parser.parse_function(_HEAD.format(version=version) + text))
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    model.ir_version = max(model.ir_version, FUNCTIONS_SINCE)
    return sums


def _terms(node: Any) -> tuple[str, ...]:
    """The function that gives how many terms the node's sums have, and its inputs; () for none."""
    name, inputs = node.output[0], list(node.input)
    if node.op_type in CONVOLUTIONS:
        return CONVOLUTIONS[node.op_type], inputs[1]
    if node.op_type in PRODUCTS and len(inputs) > 1:
        return "OfProduct", inputs[0], inputs[1], name
    if node.op_type in REDUCTIONS:
        return "OfReduction", inputs[0], name
    return ()


def open_rounded(options: ArtefactOptions) -> Program:
    """A Program for an ONNX file whose sums round at random."""
    return RoundedSession(options)
