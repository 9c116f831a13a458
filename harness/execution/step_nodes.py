"""The steps of `[preprocess]` as TensorFlow's operations, for the reference's side of a file.

Crops, paddings, channels and arithmetic are those of the program under test. Its resizes are
TensorFlow's own on this side: a step that resizes by TensorFlow keeps its filter, every other one
is what tf.image.resize does by default. So the resize is all that the two sides differ in.
"""

from collections.abc import Sequence

import numpy as np

from harness.cases.preprocess_steps import Arithmetic, ReverseChannels, Step
from harness.cases.resampling import Resampling
from harness.execution.graph_numbers import GraphNumbers, NodeNumber, add_kept_const, fresh_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, DT_INT64
from harness.graphdef.wire import GraphDef
from harness.inputs.step_geometry import Scaled, Window, moves

_F, _I, _L = ("type", DT_FLOAT), ("type", DT_INT32), ("type", DT_INT64)
OPERATIONS = {"subtract": "Sub", "multiply": "Mul", "divide": "RealDiv"}
RESIZES = {
    "bilinear": "ResizeBilinear",
    "nearest": "ResizeNearestNeighbor",
    "bicubic": "ResizeBicubic",
    "area": "ResizeArea",
}
"""Filter → TensorFlow's operation, where there is one."""
KERNELS = {"bilinear": "triangle", "bicubic": "keyscubic", "lanczos": "lanczos3"}
"""Filter → kernel of ScaleAndTranslate, which has the others."""
PLAIN = Resampling(resizer="tensorflow")
"""What tf.image.resize does by default."""


def reference_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps as the reference takes them: every resize by TensorFlow."""
    return tuple(
        step.model_copy(update=dict(PLAIN))
        if isinstance(step, Resampling) and step.resizer != "tensorflow"
        else step
        for step in steps
    )


def add_steps(graph: GraphDef, batch: str, steps: Sequence[Step]) -> str:
    """Append the steps to a batch of one picture `[1, H, W, C]` float32; the last node's name."""
    for step in steps:
        if isinstance(step, Arithmetic):
            batch = _add_arithmetic(graph, batch, step)
        elif isinstance(step, ReverseChannels):
            axis = add_const(graph, fresh_name(graph), np.array([3], np.int32))
            batch = add_node(graph, fresh_name(graph), "ReverseV2", [batch, axis], T=_F, Tidx=_I)
        else:
            for move in moves(step, *_sides(graph, batch), GraphNumbers()):
                if isinstance(move, Window):
                    batch = _add_window(graph, batch, move)
                elif isinstance(step, Resampling):
                    batch = _add_resize(graph, batch, move, step)
    return batch


def _sides(graph: GraphDef, batch: str) -> tuple[NodeNumber, NodeNumber]:
    """Height and width of a batch of pictures."""
    shape = add_node(graph, fresh_name(graph), "Shape", [batch], T=_F, out_type=_L)
    return _element(graph, shape, 1), _element(graph, shape, 2)


def _element(graph: GraphDef, vector: str, place: int) -> NodeNumber:
    index = add_const(graph, fresh_name(graph), np.int32(place))
    axis = add_const(graph, fresh_name(graph), np.int32(0))
    found = add_node(
        graph,
        fresh_name(graph),
        "GatherV2",
        [vector, index, axis],
        Tparams=_L,
        Tindices=_I,
        Taxis=_I,
    )
    return NodeNumber(graph, found)


def _add_arithmetic(graph: GraphDef, batch: str, step: Arithmetic) -> str:
    value = add_kept_const(graph, np.array(step.value, np.float32))
    return add_node(graph, fresh_name(graph), OPERATIONS[step.step], [batch, value], T=_F)


def _add_window(graph: GraphDef, batch: str, part: Window) -> str:
    """Slice what lies inside, then pad to the window."""
    numbers, sides = GraphNumbers(), _sides(graph, batch)
    zero, begins, sizes, paddings = sides[0].constant(0), [], [], []
    for side, first, length in (
        (sides[0], part.top, part.height),
        (sides[1], part.left, part.width),
    ):
        begin = numbers.maximum(_node(zero, first), 0)
        end = numbers.minimum(side, _node(zero, first) + length)
        before, inside = begin - first, end - begin
        begins.append(begin)
        sizes.append(inside)
        paddings += [before, zero + length - before - inside]
    all_of = zero.constant(-1)
    start = _packed(graph, [zero, *begins, zero])
    size = _packed(graph, [all_of, *sizes, all_of])
    cut = add_node(graph, fresh_name(graph), "Slice", [batch, start, size], T=_F, Index=_L)
    flat = _packed(graph, [zero, zero, *paddings, zero, zero])
    form = add_const(graph, fresh_name(graph), np.array([4, 2], np.int32))
    pairs = add_node(graph, fresh_name(graph), "Reshape", [flat, form], T=_L, Tshape=_I)
    level = add_const(graph, fresh_name(graph), np.float32(part.fill))
    return add_node(graph, fresh_name(graph), "PadV2", [cut, pairs, level], T=_F, Tpaddings=_L)


def _add_resize(graph: GraphDef, batch: str, target: Scaled, how: Resampling) -> str:
    """tf.image.resize, or tf.compat.v1.image.resize for the sampling points of TensorFlow 1."""
    size = _size(graph, target)
    if how.antialias or how.filter not in RESIZES:
        return _add_scaled(graph, batch, size, how)
    points = {} if how.filter == "area" else {"half_pixel_centers": not how.legacy}
    return add_node(
        graph,
        fresh_name(graph),
        RESIZES[how.filter],
        [batch, size],
        T=_F,
        align_corners=False,
        **points,
    )


def _add_scaled(graph: GraphDef, batch: str, size: str, how: Resampling) -> str:
    """ScaleAndTranslate, as `resize_images_v2` of tensorflow/python/ops/image_ops_impl.py does."""
    old = _packed(graph, list(_sides(graph, batch)))
    sides = [
        add_node(graph, fresh_name(graph), "Cast", [name], SrcT=kind, DstT=_F)
        for name, kind in ((size, _I), (old, _L))
    ]
    scale = add_node(graph, fresh_name(graph), "RealDiv", sides, T=_F)
    shift = add_const(graph, fresh_name(graph), np.zeros(2, np.float32))
    return add_node(
        graph,
        fresh_name(graph),
        "ScaleAndTranslate",
        [batch, size, scale, shift],
        T=_F,
        kernel_type=KERNELS[how.filter],
        antialias=how.antialias,
    )


def _size(graph: GraphDef, target: Scaled) -> str:
    """A size, `[2]` int32: a constant where it is known."""
    if not isinstance(target.height, NodeNumber):
        sides = np.array([target.height, target.width], np.int32)
        return add_const(graph, fresh_name(graph), sides)
    packed = _packed(graph, [target.height, target.width])
    return add_node(graph, fresh_name(graph), "Cast", [packed], SrcT=_L, DstT=_I)


def _node(like: NodeNumber, value: object) -> NodeNumber:
    return value if isinstance(value, NodeNumber) else like.constant(value)


def _packed(graph: GraphDef, parts: Sequence[NodeNumber]) -> str:
    """A vector of int64 of scalars."""
    names = [part.name for part in parts]
    return add_node(graph, fresh_name(graph), "Pack", names, T=_L, N=len(names), axis=0)
