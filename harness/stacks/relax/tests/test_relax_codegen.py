"""Code made on several cores is the code that one core makes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.relax, pytest.mark.usefixtures("relax_here")]

SIZE = 64


@pytest.fixture(scope="module")
def lowered(relax_here: None) -> Any:
    """A module of a dozen kernels after all Relax passes, and its target."""
    import tvm
    from tvm import relax

    target = tvm.target.Target("llvm")
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType([SIZE], "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            last = x
            for number in range(12):
                factor = relax.const(np.full(SIZE - number, 0.5 + number, np.float32))
                shorter = relax.op.strided_slice(last, [0], [0], [SIZE - number])
                last = builder.emit(relax.op.sigmoid(relax.op.multiply(shorter, factor)))
            out = builder.emit_output(last)
        builder.emit_func_output(out)
    with target:
        return relax.get_pipeline("default")(builder.get()), target


def _run(path: Any) -> Any:
    import tvm
    from tvm import relax

    machine = relax.VirtualMachine(tvm.runtime.load_module(str(path)), tvm.cpu())
    return machine["main"](tvm.runtime.tensor(np.linspace(-2, 2, SIZE, dtype=np.float32))).numpy()


@pytest.mark.parametrize("cores", [2, 3, 64])
def test_every_number_of_processes_gives_the_same_bits(
    lowered: Any, tmp_path: Path, cores: int
) -> None:
    from harness.stacks.relax.codegen import export

    module, target = lowered
    export(module, target, tmp_path / "one.so", 1)
    export(module, target, tmp_path / "many.so", cores)
    assert np.array_equal(_run(tmp_path / "many.so"), _run(tmp_path / "one.so"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many.so", "one.so"]


def test_what_fails_in_another_process_is_raised_in_this_one(
    lowered: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tvm

    from harness.stacks.relax import codegen as relax_codegen

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no such instruction")

    module, target = lowered
    monkeypatch.setattr(tvm.tirx, "build", fail)
    with pytest.raises((RuntimeError, ValueError), match="no such instruction"):
        relax_codegen.export(module, target, tmp_path / "lib.so", 2)
    assert not (tmp_path / "lib.so").exists()
