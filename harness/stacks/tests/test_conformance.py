"""What every registered stack must be, the harness's own and those of entry points."""

import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from harness.results.stages import STAGES
from harness.stacks.file_formats import FORMATS, FileFormat
from harness.stacks.protocol import Stack, StepOptions, function_path
from harness.stacks.registry import all_stacks, stack_named

FRAMEWORKS = ("tensorflow", "tvm", "onnx", "tf2onnx", "tflite", "onnxruntime", "ai_edge_litert")

every_stack = pytest.mark.parametrize("stack", all_stacks().values(), ids=lambda one: one.name)


def _functions(stack: Stack) -> dict[Callable[..., Any], int]:
    """Each function that a worker calls → how many arguments it is given."""
    steps: dict[Callable[..., Any], int] = {step.function: 2 for step in stack.steps}
    return {stack.open: 1, stack.describe: 0, **steps}


@every_stack
def test_a_worker_can_import_each_function_by_its_path(stack: Stack) -> None:
    for function in _functions(stack):
        module, _, name = function_path(function).partition(":")
        assert getattr(importlib.import_module(module), name) is function


@every_stack
def test_each_function_takes_what_it_is_called_with(stack: Stack) -> None:
    for function, count in _functions(stack).items():
        inspect.signature(function).bind(*range(count))


@every_stack
def test_steps_are_known_stages_in_their_order(stack: Stack) -> None:
    places = [STAGES.index(step.name) for step in stack.steps]
    assert places == sorted(set(places))


@every_stack
def test_steps_depend_on_options_that_there_are(stack: Stack) -> None:
    known = set(StepOptions.__annotations__)
    assert {option for step in stack.steps for option in step.options} <= known


@every_stack
def test_the_source_of_each_step_can_be_found(stack: Stack) -> None:
    for step in stack.steps:
        assert len(step.code_digest) == 64


@every_stack
def test_a_failing_step_is_a_failing_row(stack: Stack) -> None:
    assert {step.failure.kind for step in stack.steps} <= {"failing"}


@every_stack
def test_a_stack_has_names_and_pipelines(stack: Stack) -> None:
    assert stack.name
    assert stack.program
    assert stack.pipelines
    assert set(stack.layouts) <= {"NCHW", "NHWC"}


@every_stack
def test_a_stack_that_takes_files_can_leave_its_conversion_out(stack: Stack) -> None:
    known = {one.name for one in FORMATS}
    assert stack.takes in ("", *known)
    if stack.takes:
        assert stack.steps[0].name == "convert"
        assert stack.steps[0].shared


@every_stack
def test_a_stack_that_compiles_nothing_has_no_step_of_a_compiler(stack: Stack) -> None:
    if not stack.compiles:
        assert {step.name for step in stack.steps} <= {"convert"}
        assert stack.pipelines == ("default",)


@pytest.mark.parametrize("found", FORMATS, ids=lambda one: one.name)
def test_a_format_is_run_by_a_stack_that_takes_it(found: FileFormat) -> None:
    assert stack_named(found.reference).takes == found.name


def test_declaring_stacks_imports_no_framework() -> None:
    program = (
        "import sys; from harness.stacks.registry import all_stacks; "
        f"assert all_stacks(); print([name for name in {FRAMEWORKS} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
