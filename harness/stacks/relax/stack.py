"""TVM 0.27, Relax: three ways to import a GraphDef, and from there on one compiler.

`relax` imports the graph itself; `relax-onnx` and `relax-tflite` import the files that tf2onnx and
the TFLite converter write. Passes, code generation and virtual machine are the same for all three.
"""

from dataclasses import replace

from harness.results.status import Status
from harness.stacks import converters, onnx_reference
from harness.stacks.protocol import BuildStep, OpenFunction, Stack, StepFunction
from harness.stacks.relax import (
    converted,
    cuda,
    imports,
    standalone,
    steps,
    virtual_machine,
)
from harness.stacks.relax.targets import as_json
from harness.stacks.standalone import StandaloneForm
from harness.stacks.tvm_machine import NO_SPIN, THREADS

_TVM = (("apache-tvm",), ("apache-tvm-ffi",))
_INPUT_AND_OUTPUT = ("input", "output")
_FRONTEND = "harness.stacks.relax.frontend"


def _import(function: StepFunction, *modules: str, options: tuple[str, ...] = ()) -> BuildStep:
    return BuildStep(
        "import",
        function,
        Status.IMPORT_FAILED,
        options=(*_INPUT_AND_OUTPUT, *options),
        modules=("tvm.relax", *modules),
    )


_OPTIMIZE = BuildStep(
    "optimize",
    steps.optimize,
    Status.OPTIMIZE_FAILED,
    options=("target", "opt_level", "pass_config", "pipeline", "precision"),
    modules=("tvm.relax",),
    limits_passes=True,
    gives_way=True,
)
_BUILD = BuildStep(
    "build",
    steps.build,
    Status.COMPILE_FAILED,
    options=("target", "opt_level", "pass_config"),
    variables=cuda.VARIABLES,
    limits_passes=True,
    gives_way=True,
    same_process=True,
)


def _stack(
    name: str,
    distributions: tuple[tuple[str, ...], ...],
    *route: BuildStep,
    converted: OpenFunction | None = None,
    takes: str = "",
) -> Stack:
    """A stack that compiles the Relax module which the steps of its route import."""
    return Stack(
        name=name,
        program="TVM",
        distributions=_TVM + distributions,
        remedy="Install it: pip install 'parity-harness[relax]' (not beside the relay extra)",
        open=virtual_machine.open_module,
        describe=virtual_machine.describe,
        # Code generation forks processes; our own frontend may have left TensorFlow's threads.
        steps=(*route, replace(_OPTIMIZE, same_process=converted is not None), _BUILD),
        converted=converted,
        takes=takes,
        environment={
            **THREADS,
            "TF_CPP_MIN_LOG_LEVEL": "2",
        },
        build_environment=NO_SPIN,
        observable=True,
        library=virtual_machine.LIBRARY,
        standalone=(
            StandaloneForm("import", standalone.answer, target=as_json),
            StandaloneForm(
                "optimize",
                standalone.answer,
                pipelines=("default", "packed"),
                lowered=True,
                target=as_json,
            ),
        ),
        layouts=(),
        pipelines=("default", "packed"),
        precisions=("float32", "float16"),
    )


STACKS = (
    _stack("relax", (), _import(imports.import_graph, _FRONTEND)),
    _stack(
        "relax-onnx",
        converters.TO_ONNX,
        converters.CONVERT_TO_ONNX,
        _import(imports.import_onnx, "onnx", options=("shape",)),
        converted=onnx_reference.open_onnx,
        takes="onnx",
    ),
    _stack(
        "relax-tflite",
        (("tflite",), *converters.TO_TFLITE),
        converters.CONVERT_TO_TFLITE,
        _import(imports.import_tflite, "tflite", options=("shape",)),
        converted=converted.open_tflite,
        takes="tflite",
    ),
)
