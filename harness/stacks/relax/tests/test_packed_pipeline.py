"""The packed pipeline as a whole: what it can't do, what it says, and that it repeats itself."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.stacks.relax.tests.packed_runs import (
    MARKS,
    agree,
    by_default,
    by_packed,
    chain,
    convolved,
    executable,
    module_of,
    own_target,
    reals,
    run,
)

pytestmark = MARKS
ROOT = Path(__file__).resolve().parents[4]


def network(depth: Any = 24) -> Any:
    """A stem, a separable convolution with a residual, a pool, a head."""
    from tvm import relax

    op = relax.op
    first = convolved(reals(0, 3, 3, 3, depth), strides=[2, 2], padding=[1, 1, 1, 1])
    across = convolved(reals(1, 3, 3, 1, depth), depth, padding=[1, 1, 1, 1])
    along = convolved(reals(2, 1, 1, depth, depth))
    head = relax.const(reals(3, depth, 1001) / 10)

    def body(builder: Any, x: Any) -> Any:
        stem = builder.emit(op.clip(builder.emit(first(x)), 0, 6))
        block = builder.emit(op.nn.silu(builder.emit(across(stem))))
        block = builder.emit(op.add(builder.emit(along(block)), stem))
        pooled = builder.emit(op.mean(block, [1, 2]))
        return op.nn.softmax(builder.emit(op.matmul(pooled, head)), -1)

    return module_of(body, (1, 33, 41, 3))


IMAGE = (1, 33, 41, 3)


def test_a_network() -> None:
    found = agree(network(), reals(5, *IMAGE), atol=2e-7, rtol=1e-4)
    assert found.sum() == pytest.approx(1, abs=1e-5)


def test_the_module_given_is_not_changed() -> None:
    from tvm import ir

    from harness.stacks.relax.packed.pipeline import optimise

    module = network()
    before = ir.save_json(module)
    optimise(module, own_target())
    assert ir.save_json(module) == before


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "llvm"},
        {"kind": "llvm", "mcpu": "core-avx2"},
        {"kind": "llvm", "mcpu": "x86-64-v2"},
        {"kind": "llvm", "mattr": ["+avx2", "+fma"]},
    ],
    ids=str,
)
def test_other_targets(target: Any) -> None:
    import tvm
    from tvm.target import codegen

    here = own_target()
    named = tvm.target.Target(target)
    if "mattr" in target or target.get("mcpu") == "core-avx2":
        wanted = codegen.llvm_cpu_has_features("avx2", here)
        if not wanted:
            pytest.skip("this machine has no AVX2")
    x = reals(5, *IMAGE)
    found = by_packed(network(), named, x)
    np.testing.assert_allclose(found, by_default(network(), x), rtol=1e-4, atol=2e-7)


@pytest.mark.parametrize(
    ("target", "lanes"),
    [
        ({"kind": "llvm", "mcpu": "skylake-avx512"}, 16),
        ({"kind": "llvm", "mcpu": "znver4"}, 16),
        ({"kind": "llvm", "mcpu": "znver4", "mattr": ["-avx512f"]}, 8),
        ({"kind": "llvm", "mcpu": "core-avx2"}, 8),
        ({"kind": "llvm", "mattr": ["+avx512f"]}, 16),
        ({"kind": "llvm", "mcpu": "nehalem"}, 4),
        ({"kind": "llvm"}, 4),
        ({"kind": "c"}, 4),
    ],
    ids=str,
)
def test_lanes(target: Any, lanes: int) -> None:
    import tvm

    from harness.stacks.relax.packed.lanes import vectors

    found = vectors(tvm.target.Target(target))
    assert found.lanes == lanes
    assert found.widths[0] == lanes
    assert found.widths[-1] == 1


def test_json_keeps_every_bit() -> None:
    from tvm import ir

    from harness.stacks.relax.packed.pipeline import optimise

    target, x = own_target(), reals(5, *IMAGE)
    optimised = optimise(network(), target).module
    read = ir.load_json(ir.save_json(optimised))
    assert run(executable(read, target), x).tobytes() == (
        run(executable(optimised, target), x).tobytes()
    )


PROGRAM = """
import hashlib, json, sys
from pathlib import Path
from tvm import ir
from harness.stacks.relax.packed.pipeline import optimise
from harness.stacks.relax.tests.packed_runs import executable, own_target, reals, run
from harness.stacks.relax.tests.test_packed_pipeline import IMAGE, network
target = own_target()
found = ir.save_json(optimise(network(), target).module)
built = executable(ir.load_json(found), target)
library = Path(sys.argv[1]) / "lib.so"
built.export_library(str(library))
scores = run(built, reals(5, *IMAGE)).tobytes()
texts = [found.encode(), library.read_bytes(), scores]
print(json.dumps([hashlib.sha256(text).hexdigest() for text in texts]))
"""


def test_two_processes_and_one_or_two_threads_make_the_same_bits(tmp_path: Path) -> None:
    """JSON, library and scores; the second process has other hashes and twice the threads."""
    answers = []
    for threads in "12":
        folder = tmp_path / "build"
        folder.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": threads,
            "TVM_NUM_THREADS": threads,
        }
        command = [sys.executable, "-c", PROGRAM, str(folder)]
        made = subprocess.run(command, env=environment, capture_output=True, check=True)
        answers.append(json.loads(made.stdout.splitlines()[-1]))
    assert answers[0] == answers[1]
    assert len(set(answers[0])) == 3
    assert hashlib.sha256().hexdigest() not in answers[0]


def dynamic() -> Any:
    """A module whose batch is known only at the run."""
    from tvm import relax, tirx

    builder, batch = relax.BlockBuilder(), tirx.Var("batch", "int64")
    x = relax.Var("x", relax.TensorType([batch, 5, 6, 3], "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            image = builder.emit(convolved(reals(0, 3, 3, 3, 8))(x))
            result = builder.emit_output(relax.op.nn.relu(image))
        builder.emit_func_output(result)
    return builder.get()


def test_what_has_no_schedule_is_named_and_right() -> None:
    from harness.stacks.relax.packed.pipeline import optimise

    module, target, x = dynamic(), own_target(), reals(1, 2, 5, 6, 3)
    optimised = optimise(module, target)
    ((name, reason),) = optimised.unscheduled
    assert name == "fused_conv2d_relu"
    assert reason.startswith("DynamicShapeError: ")
    assert "batch" in reason
    found = run(executable(optimised.module, target), x)
    np.testing.assert_allclose(found, by_default(module, x), rtol=1e-5, atol=1e-5)


def test_a_schedule_that_tvm_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel stays as it was, the reason is TVM's, and the others have theirs."""
    from harness.stacks.relax.packed import anchored
    from harness.stacks.relax.packed.pipeline import optimise

    real = anchored.schedule_kernel
    monkeypatch.setattr(anchored, "schedule_kernel", lambda *args: _refused(real, *args))
    target, x = own_target(), reals(5, *IMAGE)
    optimised = optimise(network(), target)
    assert [name for name, _ in optimised.unscheduled] == ["fused_conv2d_tir_clip"]
    assert "ScheduleError" in optimised.unscheduled[0][1]
    found = run(executable(optimised.module, target), x)
    np.testing.assert_allclose(found, by_default(network(), x), rtol=1e-4, atol=2e-7)


def _refused(real: Any, schedule: Any, place: Any, vectors: Any) -> None:
    from harness.stacks.relax.packed.blocks import all_blocks, axes

    block = all_blocks(schedule)[place]
    if axes(schedule, block).reduction == (3, 3, 3):
        first, *_, last = schedule.get_loops(block)
        schedule.fuse(first, last)
    real(schedule, place, vectors)


def test_other_kinds_of_numbers_stay_with_tvm() -> None:
    """Double precision and weights that are fed: TVM's own kernels, scheduled as any other."""
    from tvm import relax

    fed = lambda builder, x, w: relax.op.nn.conv2d(  # noqa: E731
        x, w, data_layout="NHWC", kernel_layout="HWIO"
    )
    agree(module_of(fed, (1, 5, 7, 3), (3, 3, 3, 16)), reals(0, 1, 5, 7, 3), reals(1, 3, 3, 3, 16))
    weights = relax.const(reals(0, 3, 3, 3, 16), "float64")
    layouts = {"data_layout": "NHWC", "kernel_layout": "HWIO"}
    body = chain(lambda x: relax.op.nn.conv2d(x, weights, **layouts))
    x = reals(1, 1, 5, 7, 3).astype(np.float64)
    agree(module_of(body, x.shape, dtype="float64"), x)
