"""Small Relax modules for the tests of `packed`, compiled by it and by TVM's own pipeline.

Importing this needs no TVM; `MARKS` skips the tests of a module where it is absent.
"""

import numpy as np
from hypothesis import strategies as st

from harness.stacks.relax.tests.relax_marks import marks

ROUNDING = {"rtol": 2e-5, "atol": 2e-5}
"""Sums of hundreds of float32 in another order."""


MARKS = marks("apache-tvm")
seeds = st.integers(0, 1 << 32)


def reals(seed, *shape):
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def own_target():
    """This machine's target, with its CPU named."""
    import tvm

    cpu = str(tvm.get_global_func("target.llvm_get_system_cpu")())
    return tvm.target.Target({"kind": "llvm", "mcpu": cpu})


def module_of(body, *shapes, dtype="float32"):
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


def chain(*steps):
    """A body that passes one tensor through functions, each result bound to a variable."""

    def body(builder, x):
        for step in steps:
            x = builder.emit(step(x))
        return x

    return body


def lowered(module, target):
    """A module after `optimise` or after nothing, as what code is generated from."""
    from tvm import transform
    from tvm.relax.backend.cpu_generic import pipeline as cpu

    passes = [*cpu.dataflow_lower_passes(target), *cpu.finalize_passes(target)]
    with target:
        return transform.Sequential(passes)(module)


def executable(module, target):
    """An optimised module, compiled as the harness compiles it."""
    from tvm import relax

    return relax.build(lowered(module, target), target, relax_pipeline=None)


def run(built, *arrays):
    import tvm
    from tvm import relax

    machine = relax.VirtualMachine(built, tvm.cpu())
    made = machine["main"](*(tvm.runtime.tensor(np.array(a, order="C")) for a in arrays))
    return made.numpy() if hasattr(made, "numpy") else [one.numpy() for one in made]


def by_packed(module, target, *arrays):
    from harness.stacks.relax.packed.pipeline import optimise

    return run(executable(optimise(module, target).module, target), *arrays)


def by_default(module, *arrays):
    """What TVM's own pipeline computes, on its plainest target."""
    import tvm

    return run(tvm.compile(module, target="llvm"), *arrays)


def agree(module, *arrays, target=None, unscheduled=(), **tolerance):
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


def kernels_agree(module, optimised, target):
    """Every scheduled kernel fills all of an output of NaN with what it gives unscheduled."""
    for name, plain in kernels(fused(module, target)).items():
        made = call(kernels(optimised)[name], target)
        np.testing.assert_allclose(made, call(plain, "llvm"), equal_nan=True, **ROUNDING)


def fused(module, target):
    """What `optimise` schedules, before it does."""
    from unittest import mock

    from harness.stacks.relax.packed import pipeline as packed

    with mock.patch.object(packed, "schedule_kernels", lambda module, _: (module, ())):
        return packed.optimise(module, target).module


def kernels(module):
    from tvm import tirx

    items = module.functions_items()
    return {str(v.name_hint): f for v, f in items if isinstance(f, tirx.PrimFunc)}


def call(kernel, target):
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
