"""Small Relax modules for the tests of `packed`, compiled by it and by TVM's own pipeline.

Importing this needs no TVM; `MARKS` skips the tests of a module where it is absent.
"""

from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from harness.stacks.relax.tests.relax_marks import marks

ROUNDING: dict[str, Any] = {"rtol": 2e-5, "atol": 2e-5}
"""Sums of hundreds of float32 in another order."""


MARKS = marks("apache-tvm")
seeds = st.integers(0, 1 << 32)


def reals(seed: int, *shape: Any) -> Any:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def own_target() -> Any:
    """This machine's target, with its CPU named."""
    import tvm

    cpu = str(tvm.get_global_func("target.llvm_get_system_cpu")())
    return tvm.target.Target({"kind": "llvm", "mcpu": cpu})


def module_of(body: Any, *shapes: Any, dtype: Any = "float32") -> Any:
    """A module whose `main` is `body(builder, *parameters)`, one parameter a shape."""
    from tvm import relax

    builder = relax.BlockBuilder()
    types = [relax.TensorType(list(shape), dtype) for shape in shapes]
    inputs = [relax.Var(f"x{i}", found) for i, found in enumerate(types)]
    with builder.function("main", inputs):
        with builder.dataflow():
            result = builder.emit_output(builder.normalize(body(builder, *inputs)))
        builder.emit_func_output(result)
    return builder.get()


def chain(*steps: Any) -> Any:
    """A body that passes one tensor through functions, each result bound to a variable."""

    def body(builder: Any, x: Any) -> Any:
        for step in steps:
            x = builder.emit(step(x))
        return x

    return body


def lowered(module: Any, target: Any) -> Any:
    """A module after `optimise` or after nothing, as what code is generated from."""
    from tvm import transform
    from tvm.relax.backend.cpu_generic import pipeline as cpu

    passes = [*cpu.dataflow_lower_passes(target), *cpu.finalize_passes(target)]
    with target:
        return transform.Sequential(passes)(module)


def executable(module: Any, target: Any) -> Any:
    """An optimised module, compiled as the harness compiles it."""
    from tvm import relax

    return relax.build(lowered(module, target), target, relax_pipeline=None)


def run(built: Any, *arrays: Any) -> Any:
    import tvm
    from tvm import relax

    machine = relax.VirtualMachine(built, tvm.cpu())
    made = machine["main"](*(tvm.runtime.tensor(np.array(a, order="C")) for a in arrays))
    return made.numpy() if hasattr(made, "numpy") else [one.numpy() for one in made]


def by_packed(module: Any, target: Any, *arrays: Any) -> Any:
    from harness.stacks.relax.packed.pipeline import optimise

    return run(executable(optimise(module, target).module, target), *arrays)


def by_default(module: Any, *arrays: Any) -> Any:
    """What TVM's own pipeline computes, on its plainest target."""
    import tvm

    return run(tvm.compile(module, target="llvm"), *arrays)


def agree(
    module: Any, *arrays: Any, target: Any = None, unscheduled: Any = (), **tolerance: Any
) -> Any:
    """Both pipelines give one result; the kernels without a schedule are as expected."""
    from harness.stacks.relax.packed.pipeline import optimise

    target = target or own_target()
    optimised = optimise(module, target)
    assert len(optimised.unscheduled) == len(unscheduled), optimised.unscheduled
    found = run(executable(optimised.module, target), *arrays)
    expected = by_default(module, *arrays)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, equal_nan=True, **(tolerance or ROUNDING))
    kernels_agree(module, optimised.module, target)
    return found


def kernels_agree(module: Any, optimised: Any, target: Any) -> None:
    """Every scheduled kernel fills all of an output of NaN with what it gives unscheduled."""
    for name, plain in kernels(fused(module, target)).items():
        made, expected = call(kernels(optimised)[name], target), call(plain, "llvm")
        size = float(np.abs(np.where(np.isfinite(expected), expected, 0)).max(initial=10))
        np.testing.assert_allclose(made, expected, equal_nan=True, rtol=2e-5, atol=2e-6 * size)


def fused(module: Any, target: Any) -> Any:
    """What `optimise` schedules, before it does."""
    from unittest import mock

    from harness.stacks.relax.packed import pipeline as packed

    with mock.patch.object(packed, "schedule_kernels", lambda module, _: (module, ())):
        return packed.optimise(module, target).module


def kernels(module: Any) -> Any:
    from tvm import tirx

    items = module.functions_items()
    return {str(v.name_hint): f for v, f in items if isinstance(f, tirx.PrimFunc)}


def call(kernel: Any, target: Any) -> Any:
    """A kernel's last buffer, before full of NaN, with the others full of noise."""
    import tvm

    built = tvm.compile(kernel.with_attr("global_symbol", "kernel"), target=target)
    buffers = [param.ty for param in kernel.params]
    rng, arrays = np.random.default_rng(7), []
    for buffer in buffers:
        shape, dtype = [int(n) for n in buffer.shape], np.dtype(str(buffer.dtype))
        noise = rng.normal(0, 1, shape) if dtype.kind == "f" else np.zeros(shape)
        arrays.append(noise.astype(dtype))
    arrays[-1] = np.full_like(arrays[-1], np.nan if arrays[-1].dtype.kind == "f" else 0)
    tensors = [tvm.runtime.tensor(array) for array in arrays]
    built["kernel"](*tensors)
    return tensors[-1].numpy()


NHWC = {"data_layout": "NHWC", "kernel_layout": "HWIO", "out_layout": "NHWC"}


channels = st.sampled_from([1, 2, 3, 4, 5, 8, 11, 16, 17, 24, 32, 33, 44, 48])

widths = st.sampled_from([1, 2, 3, 5, 7, 8, 13, 16, 17, 23, 31, 35])

heights, reaches, strides = st.integers(1, 9), st.sampled_from([1, 1, 2, 3, 5]), st.integers(1, 3)

paddings = st.lists(st.integers(0, 3), min_size=4, max_size=4)

batches = st.sampled_from([1, 1, 1, 2])


def window(draw: Any, height: Any, width: Any, kh: Any, kw: Any) -> Any:
    """Attributes of a window that fits into the image."""
    dilation = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (1, 3)]))
    padding = draw(st.one_of(st.just([0, 0, 0, 0]), paddings))
    assume(height + padding[0] + padding[2] > dilation[0] * (kh - 1))
    assume(width + padding[1] + padding[3] > dilation[1] * (kw - 1))
    down, across = draw(strides), draw(strides)
    return {"strides": [down, across], "padding": padding, "dilation": list(dilation)}


def convolved(weights: Any, groups: Any = 1, **attrs: Any) -> Any:
    from tvm import relax

    constant = relax.const(weights)
    return lambda x: relax.op.nn.conv2d(x, constant, groups=groups, **{**NHWC, **attrs})
