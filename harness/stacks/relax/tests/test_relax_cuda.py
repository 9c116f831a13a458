"""What is compiled for CUDA, as far as a machine without a GPU can tell."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from harness.graphdef.build import add_node
from harness.graphdef.wire import GraphDef
from harness.stacks.relax.tests.relax_marks import marks

pytestmark = marks("apache-tvm", "apache-tvm-ffi")

TARGET = "cuda -arch=sm_90"


def _optimized(folder: Path, target: str, pipeline: str = "default") -> Any:
    """The module after all Relax passes of the graph `a/x.1` → Relu `a/act.1` → Exp `a/exp:0`."""
    from harness.stacks.relax import imports, steps
    from harness.stacks.relax.module_file import load_module

    graph = GraphDef()
    x = add_node(graph, "a/x.1", "Placeholder", [], dtype=("type", 1))
    graph.node[0].attr["shape"].shape.dim.add(size=4)
    act = add_node(graph, "a/act.1", "Relu", [x])
    add_node(graph, "a/exp", "Exp", [act])
    (folder / "graph.pb").write_bytes(graph.SerializeToString())
    for name in ("imported", "optimized"):
        (folder / name).mkdir()
    payload: Any = {
        "source": str(folder / "graph.pb"),
        "folder": str(folder / "imported"),
        "output": "a/exp:0",
        "target": target,
        "pipeline": pipeline,
        "opt_level": 3,
        "pass_config": {},
    }
    imports.import_graph(payload, {})
    payload |= {"source": str(folder / "imported"), "folder": str(folder / "optimized")}
    steps.optimize(payload, {})
    return load_module(str(folder / "optimized"))


def _kernel_parameters(module: Any) -> set[str]:
    from tvm import relax

    kernels = [one for _, one in module.functions_items() if not isinstance(one, relax.Function)]
    return {str(parameter.name) for kernel in kernels for parameter in kernel.params}


@pytest.mark.parametrize(("target", "in_c"), [(TARGET, True), ("llvm", False)])
def test_kernels_for_cuda_have_names_that_a_compiler_takes(
    tmp_path: Path, target: str, in_c: bool
) -> None:
    """For LLVM the names are TensorFlow's, which C has not: so the graph does put them to test."""
    names = _kernel_parameters(_optimized(tmp_path, target))
    assert names
    assert all(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) for name in names) is in_c


def test_the_pipeline_for_cpus_is_refused_for_cuda(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="'packed' makes code for CPUs; target 'cuda' is none"):
        _optimized(tmp_path, TARGET, "packed")


def test_what_the_compiler_reads_of_the_environment_is_part_of_a_build_s_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from harness.execution.build_steps import step_key
    from harness.stacks.registry import stack_named

    stack = stack_named("relax")
    step = stack.steps[-1]
    for name in step.variables:
        monkeypatch.delenv(name, raising=False)
    before = step_key("source", stack, step, {}, {})
    monkeypatch.setitem(os.environ, "TVM_CUDA_COMPILE_MODE", "nvcc")
    assert step_key("source", stack, step, {}, {}) != before
