"""TVM 0.27, Relax: three roads from a GraphDef to one and the same compiler.

`relax` imports the graph itself; `relax-onnx` and `relax-tflite` take what tf2onnx and the TFLite
converter make of it. From the imported module on all are alike: passes, code, virtual machine.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.results.status import Status
from harness.stacks.protocol import Arrays, BuildStep, Feeds, Program, Stack
from harness.stacks.relax.codegen import export
from harness.stacks.relax.converters import ONNX_MODEL, TFLITE_MODEL
from harness.stacks.relax.targets import as_json
from harness.stacks.tvm_errors import shortened
from harness.stacks.tvm_machine import CORES, check_cpu, described, device

MODULE, LIBRARY = "module.json", "lib.so"
_TVM = (("apache-tvm",), ("apache-tvm-ffi",))
_HERE = "harness.stacks.relax.stack"
_FRONTEND = "harness.stacks.relax.frontend"
_ENDS = ("input", "output")
_NAMED = 3
"""Kernels without a schedule that a row names."""


def _import(function: str, *modules: str, code: tuple[str, ...] = ()) -> BuildStep:
    return BuildStep(
        "import",
        f"{_HERE}:{function}",
        Status.IMPORT_FAILED,
        options=_ENDS,
        modules=("tvm.relax", *modules),
        code=code,
    )


def _convert(function: str) -> BuildStep:
    return BuildStep(
        "convert",
        f"harness.stacks.relax.converters:{function}",
        Status.CONVERT_FAILED,
        options=_ENDS,
        code=("harness.graphdef.modernise",),
    )


def _stack(name: str, distributions: tuple[str, ...], *road: BuildStep) -> Stack:
    return Stack(
        name=name,
        program="TVM",
        distributions=_TVM + tuple((one,) for one in distributions),
        remedy="Install it: pip install 'parity-harness[relax]' (not beside the relay extra)",
        open=f"{_HERE}:open_module",
        describe=f"{_HERE}:describe",
        steps=(
            *road,
            BuildStep(
                "optimize",
                f"{_HERE}:optimize",
                Status.OPTIMIZE_FAILED,
                options=("target", "opt_level", "pass_config", "pipeline"),
                modules=("tvm.relax",),
                code=("harness.stacks.relax.packed", "harness.stacks.relax.constant"),
            ),
            BuildStep(
                "build",
                f"{_HERE}:build",
                Status.COMPILE_FAILED,
                options=("target", "opt_level", "pass_config"),
                modules=("tvm.relax",),
                code=("harness.stacks.relax.codegen",),
            ),
        ),
        environment={
            "TVM_NUM_THREADS": str(CORES),  # TVM takes half of the cores it sees
            "TF_CPP_MIN_LOG_LEVEL": "2",
        },
        layouts=(),
        pipelines=("default", "packed"),
    )


STACKS = (
    _stack(
        "relax",
        (),
        _import(
            "import_graph",
            _FRONTEND,
            code=(_FRONTEND, "harness.graphdef", "harness.stacks.relax.constant"),
        ),
    ),
    _stack("relax-onnx", ("tf2onnx", "onnx"), _convert("to_onnx"), _import("import_onnx", "onnx")),
    _stack("relax-tflite", ("tflite",), _convert("to_tflite"), _import("import_tflite", "tflite")),
)


def describe() -> dict[str, Any]:
    """Version, LLVM, this machine's target, and which device kinds can run here."""
    import tvm

    cpu, llvm = (
        str(tvm.get_global_func(f"target.llvm_{what}")())
        for what in ("get_system_cpu", "version_major")
    )
    return described(cpu, llvm)


def import_graph(payload: dict[str, Any], _: Arrays) -> tuple[dict[str, Any], Arrays]:
    """GraphDef file → Relax module on disk, by the harness's own frontend."""
    from harness.stacks.relax.frontend import from_tensorflow

    data = Path(payload["source"]).read_bytes()
    return _save(from_tensorflow(data, outputs=[payload["output"]]), payload["folder"])


def import_onnx(payload: dict[str, Any], _: Arrays) -> tuple[dict[str, Any], Arrays]:
    """ONNX file → Relax module on disk, weights as constants."""
    import onnx
    from tvm.relax.frontend.onnx import from_onnx

    model = onnx.load(str(Path(payload["source"]) / ONNX_MODEL))
    with shortened():
        return _save(from_onnx(model, keep_params_in_input=False), payload["folder"])


def import_tflite(payload: dict[str, Any], _: Arrays) -> tuple[dict[str, Any], Arrays]:
    """TFLite file → Relax module on disk."""
    import tflite
    from tvm.relax.frontend.tflite import from_tflite

    data = (Path(payload["source"]) / TFLITE_MODEL).read_bytes()
    with shortened():
        return _save(from_tflite(tflite.Model.GetRootAsModel(data, 0)), payload["folder"])


def _save(module: Any, folder: str) -> tuple[dict[str, Any], Arrays]:
    from tvm import ir

    (Path(folder) / MODULE).write_text(ir.save_json(module), encoding="utf-8")
    return {}, {}


def optimize(payload: dict[str, Any], _: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Imported module → the module after all Relax passes, both on disk."""
    with shortened():
        module, target = _load(payload["source"]), _target(payload["target"])
        with _context(payload), target:
            passes = _packed if payload["pipeline"] == "packed" else _default
            done, remarks = passes(module, target)
            _save(done, payload["folder"])
    return {"remarks": remarks}, {}


def _default(module: Any, target: Any) -> tuple[Any, list[str]]:
    """What tvm.compile does, which chooses by the kind of target."""
    from tvm import relax

    gpu = "gpu" in target.keys
    passes = relax.get_default_pipeline(target) if gpu else relax.get_pipeline("default")
    return passes(module), []


def _packed(module: Any, target: Any) -> tuple[Any, list[str]]:
    """The harness's own kernels and schedules, then TVM's lowering for CPUs; what stayed slow."""
    from tvm import transform
    from tvm.relax.backend.cpu_generic import pipeline as cpu

    from harness.stacks.relax.packed import pipeline as packed

    lowering = [*cpu.dataflow_lower_passes(target), *cpu.finalize_passes(target)]
    done = packed.optimise(module, target)
    remarks = [_slow(done.unscheduled)] if done.unscheduled else []
    return transform.Sequential(lowering)(done.module), remarks


def _slow(kernels: Sequence[tuple[str, str]]) -> str:
    """What a row says of kernels without a schedule.

    >>> _slow([("topk", "ScheduleError: no loops")])
    'packed has no schedule for 1 kernel, slow and right: topk (ScheduleError: no loops)'
    """
    named = "; ".join(f"{name} ({reason})" for name, reason in kernels[:_NAMED])
    more = f" and {len(kernels) - _NAMED} more" if len(kernels) > _NAMED else ""
    count = f"{len(kernels)} kernel{'s' if len(kernels) > 1 else ''}"
    return f"packed has no schedule for {count}, slow and right: {named}{more}"


def build(payload: dict[str, Any], _: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Module after its passes → shared library on disk."""
    with shortened():
        module, target = _load(payload["source"]), _target(payload["target"])
        with _context(payload):
            export(module, target, Path(payload["folder"]) / LIBRARY, CORES)
    return {}, {}


def _load(source: str) -> Any:
    from tvm import ir

    return ir.load_json((Path(source) / MODULE).read_text(encoding="utf-8"))


def _context(payload: dict[str, Any]) -> Any:
    import tvm

    return tvm.transform.PassContext(payload["opt_level"], config=payload["pass_config"])


def _target(text: str) -> Any:
    """The target, with its CPU's name checked."""
    import tvm

    target = tvm.target.Target(as_json(text))
    check_cpu(target, text, tvm.get_global_func("target.llvm_get_cpu_archlist"))
    return target


class VirtualMachine:
    """A built library in Relax's virtual machine."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Options: artefacts (folder of the build), target, input (the node that is fed)."""
        import tvm
        from tvm import relax

        self._device = device(as_json(options["target"])["kind"])
        library = tvm.runtime.load_module(str(Path(options["artefacts"]) / LIBRARY))
        self._main = relax.VirtualMachine(library, self._device)["main"]
        self._input = options["input"]

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """The one input by position, the outputs in the order the module was imported with."""
        import tvm

        if list(feeds) != [self._input]:
            raise KeyError(f"the compiled module takes '{self._input}'; given {list(feeds)}")
        found = self._main(tvm.runtime.tensor(feeds[self._input], self._device))
        answers = [found] if hasattr(found, "numpy") else list(found)
        return {name: one.numpy() for name, one in zip(outputs, answers, strict=True)}


def open_module(options: dict[str, Any]) -> Program:
    """A Program for a built library."""
    return VirtualMachine(options)
