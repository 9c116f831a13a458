"""Constants computed by numpy, and images converted from NCHW to NHWC."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.packed_runs import (
    MARKS,
    agree,
    by_default,
    chain,
    module_of,
    reals,
    run,
    seeds,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS
sizes = st.integers(1, 5)


def operations(module: Any) -> Any:
    """Names of the operations that a module calls, in order."""
    from tvm import relax

    from harness.stacks.relax.packed.expressions import op_name

    found = []
    relax.analysis.post_order_visit(module["main"], lambda expr: found.append(op_name(expr)))
    return [name for name in found if name]


CONSTANT_STEPS = {
    "add": lambda op, a, b: op.add(a, b),
    "subtract": lambda op, a, b: op.subtract(a, b),
    "multiply": lambda op, a, b: op.multiply(a, b),
    "divide": lambda op, a, b: op.divide(a, b),
    "sqrt": lambda op, a, b: op.sqrt(a),
    "negative": lambda op, a, b: op.negative(a),
    "reshape": lambda op, a, b: op.reshape(a, [1, -1, 1]),
    "expand_dims": lambda op, a, b: op.expand_dims(a, [0]),
    "squeeze": lambda op, a, b: op.squeeze(op.expand_dims(a, [0]), [0]),
    "permute_dims": lambda op, a, b: op.permute_dims(a),
    "permute_axes": lambda op, a, b: op.permute_dims(op.expand_dims(a, [0]), [2, 0, 1]),
    "where": lambda op, a, b: op.where(op.isnan(a), b, a),
    "astype": lambda op, a, b: op.astype(op.astype(a, "int32"), "float32"),
}


def test_constants_are_computed_as_the_kernels_do() -> None:
    import tvm
    from tvm import relax

    from harness.stacks.relax.packed.constants import fold_constants

    first, second = reals(0, 3, 4), reals(1, 4)
    first[0, 0], first[1, 1] = np.nan, np.inf
    for name, step in CONSTANT_STEPS.items():

        def body(builder: Any, x: Any, step: Any = step) -> Any:
            made = step(relax.op, relax.const(first), relax.const(second))
            return relax.op.add(builder.emit(builder.normalize(made)), x)

        module = module_of(body, ())
        folded = fold_constants(module)
        assert operations(folded) == ["relax.add"], name
        zero = np.float32(0)
        with np.errstate(all="ignore"):
            expected = by_default(module, zero)
            found = run(tvm.compile(folded, target="llvm"), zero)
        np.testing.assert_array_equal(found, expected, err_msg=name)


def test_scalars_stay_scalars() -> None:
    from tvm import relax

    from harness.stacks.relax.packed.constants import fold_constants
    from harness.stacks.relax.packed.expressions import static_shape

    def body(builder: Any, x: Any) -> Any:
        low = builder.emit(relax.op.negative(relax.const(np.float32(3))))
        return relax.op.maximum(x, low)

    folded = fold_constants(module_of(body, (2, 2)))
    (call,) = [block.bindings[0].value for block in folded["main"].body.blocks]
    assert static_shape(call.args[1]) == ()


def test_integer_division_is_left_to_tvm() -> None:
    from tvm import relax

    from harness.stacks.relax.packed.constants import fold_constants

    def body(builder: Any, x: Any) -> Any:
        halves = builder.emit(relax.op.divide(relax.const([7, -7], "int32"), relax.const(2)))
        return relax.op.add(halves, x)

    module = module_of(body, (2,), dtype="int32")
    assert "relax.divide" in operations(fold_constants(module))
    agree(module, np.zeros(2, np.int32))


def steps_first(seed: int, depth: Any, op: Any) -> Any:
    """Operations on NCHW images of that depth, with the depth after."""
    from tvm import relax, topi

    column = relax.const(reals(seed, 1, depth, 1, 1))
    scalar = relax.const(np.float32(0.25))
    kernel = relax.const(reals(seed, 5, depth, 3, 3))
    across = relax.const(reals(seed, depth * 2, 1, 3, 3))
    return {
        "conv": lambda b, x: op.nn.conv2d(x, kernel, padding=[1, 1]),
        "depthwise": lambda b, x: op.nn.conv2d(x, across, padding=[1, 1], groups=depth),
        "add": lambda b, x: op.add(x, column),
        "relu": lambda b, x: op.nn.relu(x),
        "clip": lambda b, x: op.clip(x, 0, 1),
        "max": lambda b, x: op.nn.max_pool2d(x, [2, 2], [1, 1], [1, 1, 0, 0]),
        "avg": lambda b, x: op.nn.avg_pool2d(x, [2, 2], [1, 1], [0, 0, 1, 1]),
        "concat": lambda b, x: op.concat([x, op.nn.relu(x)], 1),
        "concat rows": lambda b, x: op.concat([x, x], 2),
        "mean": lambda b, x: op.mean(x, [2, 3], keepdims=True),
        "mean of channels": lambda b, x: op.mean(x, [1], keepdims=True),
        "pad": lambda b, x: op.nn.pad(x, [0, 0, 1, 0, 0, 0, 2, 1]),
        "kernel pad": lambda b, x: b.call_te(topi.nn.pad, x, [0, 1, 0, 2], [0, 0, 1, 0], 0.5),
        "kernel scalar": lambda b, x: b.call_te(topi.maximum, x, scalar),
        "kernel of two": lambda b, x: b.call_te(topi.add, x, b.emit(op.nn.relu(x))),
        "transpose": lambda b, x: op.permute_dims(x, [0, 1, 3, 2]),
    }


LAST = {
    "mean": lambda op, x: op.mean(x, [2, 3]),
    "mean of rows": lambda op, x: op.mean(x, [2]),
    "mean of columns": lambda op, x: op.mean(x, [3]),
    "mean of all": lambda op, x: op.mean(x),
    "flat": lambda op, x: op.reshape(x, [2, -1]),
    "image": lambda op, x: x,
    "last": lambda op, x: op.permute_dims(x, [0, 2, 3, 1]),
}


@examples(20)
@given(st.data(), seeds, sizes, sizes, st.integers(1, 4))
def test_channels_first(
    data: st.DataObject, seed: int, height: int, width: int, depth: int
) -> None:
    from tvm import relax

    op = relax.op
    names = data.draw(st.lists(st.sampled_from(sorted(steps_first(0, 1, op))), max_size=5))
    last = data.draw(st.sampled_from(sorted(LAST)))

    def body(builder: Any, x: Any) -> Any:
        for name in ["conv", *names]:
            found = int(builder.normalize(x).ty.shape.values[1])
            x = builder.emit(builder.normalize(steps_first(seed, found, op)[name](builder, x)))
        return LAST[last](op, x)

    shape = (2, depth, height, width)
    agree(module_of(body, shape), reals(seed, *shape), rtol=1e-4, atol=1e-4)


def test_transposes_between_convolutions_are_gone() -> None:
    """What tf2onnx and the ONNX frontend make of Conv2D, BiasAdd, Relu6, Pad, Conv2D in NHWC."""
    from tvm import relax, topi

    from harness.stacks.relax.packed.layout import channels_last

    op = relax.op

    def body(builder: Any, x: Any) -> Any:
        image = builder.emit(op.permute_dims(x, [0, 3, 1, 2]))
        for _ in "12":
            weights = relax.const(reals(0, 3, 3, 3, 3))
            image = builder.emit(op.nn.conv2d(image, weights, padding=[1, 1]))
            bias = builder.emit(op.reshape(relax.const(reals(1, 3)), [1, 3, 1, 1]))
            image = builder.emit(op.add(image, bias))
            limit = builder.emit(op.where(relax.const(False), relax.const(1.0), relax.const(6.0)))
            image = builder.emit(builder.call_te(topi.minimum, image, limit))
            image = builder.emit(builder.call_te(topi.nn.pad, image, [0, 0, 1, 1], [0, 0, 0, 0]))
        return op.permute_dims(image, [0, 2, 3, 1])

    module = module_of(body, (1, 6, 6, 3))
    step = ["relax.nn.conv2d", "relax.add", "relax.call_tir", "relax.call_tir"]
    assert operations(channels_last(module)) == step * 2
    agree(module, reals(2, 1, 6, 6, 3))


def test_a_module_in_nhwc_is_left_alone() -> None:
    from tvm import relax

    from harness.stacks.relax.packed.layout import channels_last

    module = module_of(chain(relax.op.nn.relu, relax.op.exp), (1, 2, 2, 3))
    assert operations(channels_last(module)) == ["relax.nn.relu", "relax.exp"]
