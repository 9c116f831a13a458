"""What the harness knows of a stack before any framework is imported, and the Program protocol.

A `Stack` is a declaration that the harness's own process may read freely. Its functions run in
worker processes, which alone import TensorFlow or TVM: a module that declares a stack imports its
framework inside those functions. Other packages add stacks through entry points of the group
`parity.stacks`, each naming a `Stack` object.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NotRequired, Protocol, TypedDict

from numpy.typing import NDArray

from harness.errors import StackError
from harness.graphdef.precisions import SINGLE, Precision
from harness.results.status import Status
from harness.stacks.sources import source_digest
from harness.stacks.standalone import StandaloneForm

Arrays = Mapping[str, NDArray[Any]]
"""Tensors by name, as they are sent to a worker process and back."""
Feeds = Mapping[str, "NDArray[Any] | bytes"]
"""What a program is given: tensors by name, or an encoded image's bytes."""


class Program(Protocol):
    """Tensors → scores. Lives in a worker; made by a stack's `open`."""

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Outputs by name for the feeds by name; raises whatever the framework raises."""
        ...


class StackDescription(TypedDict):
    """What a stack's `describe` finds on this machine; shown by `parity doctor`."""

    version: str
    """The framework's version."""
    host_target: NotRequired[str]
    """The target string of this machine's CPU, for candidates whose target is `host`."""
    devices: NotRequired[dict[str, str]]
    """Kind of device (`cuda`, …) → target string of the first one here; empty where none is."""
    gpus: NotRequired[list[str]]
    """Names of the GPUs that the framework uses."""
    llvm: NotRequired[str]
    """Version of the LLVM that generates code."""
    onednn: NotRequired[str]
    """Value of TF_ENABLE_ONEDNN_OPTS; `default` where it is not set."""


class StepOptions(TypedDict, total=False):
    """The options of a build; a step gets those that its `BuildStep.options` lists."""

    input: str
    """Name of the node that is fed."""
    output: str
    """Name of the tensor that is computed, such as `softmax:0`."""
    shape: list[int]
    """Shape of the fed tensor."""
    layout: str | None
    """`NCHW`, `NHWC`, or None for the graph's own."""
    target: str
    """Target string, with `host` resolved."""
    opt_level: int
    """The compiler's optimisation level."""
    pass_config: dict[str, bool | int | str]
    """The compiler's pass configuration: the stack's, then the candidate's."""
    pipeline: str
    """One of the stack's `pipelines`."""
    precision: Precision
    """One of the stack's `precisions`."""
    calibration: str
    """A file of tensors `[N, …]`, as the input takes them one by one, in NumPy's format."""
    pass_limit: int
    """How many applications of optional passes may run; see `harness.stacks.pass_limits`. Only
    there where passes are bisected."""
    own_build: str
    """The user's own function that builds, see `harness.stacks.own_build`; only there where a
    candidate has one."""


class StepPayload(StepOptions):
    """What the function of a build step is called with."""

    source: str
    """The GraphDef file for the first step; for the others the folder that the step before wrote.
    """
    folder: str
    """The folder to write the results into; empty when the step starts."""


class StepReply(TypedDict, total=False):
    """What the function of a build step returns beside its files."""

    remarks: list[str]
    """Sentences for the notes of the rows."""


class GraphOptions(TypedDict):
    """What `open` is called with by a stack that runs GraphDefs as they are."""

    graph: str
    """Path of a GraphDef file."""
    intra_op: int
    """Threads within an operation; 0 means one a core."""
    inter_op: int
    """Operations that run at the same time; 0 means one a core."""


class ArtefactOptions(TypedDict):
    """What `open` is called with by a stack that has build steps."""

    artefacts: str
    """The folder that the last step wrote."""
    target: str
    """Target string, with `host` resolved."""
    input: str
    """Name of the node that is fed."""
    intra_op: NotRequired[int]
    """As in `GraphOptions`; only where the program is the reference."""
    inter_op: NotRequired[int]
    """As in `GraphOptions`; only where the program is the reference."""


DescribeFunction = Callable[[], StackDescription]
OpenFunction = Callable[[GraphOptions], Program] | Callable[[ArtefactOptions], Program]
StepFunction = Callable[[StepPayload, Arrays], tuple[StepReply, Arrays]]


def function_path(function: Callable[..., Any]) -> str:
    """The `module:function` by which a worker process imports a function.

    >>> function_path(function_path)
    'harness.stacks.protocol:function_path'
    """
    return f"{function.__module__}:{function.__qualname__}"


@dataclass(frozen=True)
class BuildStep:
    """One step from a GraphDef to something that runs, in a process that ends after it."""

    name: str
    """One of STAGES."""
    function: StepFunction
    """Defined at the top of a module; the arrays it is called with and returns are empty."""
    failure: Status
    """What a row becomes where the function raises."""
    options: tuple[str, ...] = ()
    """Which of `StepOptions` the step's result depends on."""
    modules: tuple[str, ...] = ()
    """Modules that its process may import while the step before still runs."""
    variables: tuple[str, ...] = ()
    """Environment variables that the step's result depends on."""
    limits_passes: bool = False
    """Whether it takes a `pass_limit`, and then writes what `harness.stacks.pass_limits` says."""
    gives_way: bool = False
    """Whether it takes an `own_build`, which stands in place of what it does."""
    same_process: bool = False
    """Whether it runs in the process of the step before, where that ran: one start less of a
    framework that both need, for two steps that do not disturb each other."""
    shared: tuple[tuple[str, ...], ...] = ()
    """Of a step that several stacks have: those of their distributions that decide what it writes.
    It is then made once for all of them."""

    @property
    def code_digest(self) -> str:
        """SHA-256 of the source that decides what the step writes; see `harness.stacks.sources`."""
        return source_digest(self.function.__module__)


@dataclass(frozen=True)
class Stack:
    """How a kind of program is made and run."""

    name: str
    """As case files say it."""
    program: str
    """Name of the program for people, such as `TensorFlow` or `TVM`."""
    distributions: tuple[tuple[str, ...], ...]
    """Packages that must be installed; of each inner tuple one is enough."""
    remedy: str
    """What to install where they are not."""
    open: OpenFunction
    """Makes the Program in a worker process."""
    describe: DescribeFunction
    """Versions, devices and this machine's own target, found in a worker process."""
    steps: tuple[BuildStep, ...] = ()
    """From the cut GraphDef to the artefacts that `open` loads; none where it runs GraphDefs."""
    converted: OpenFunction | None = None
    """Makes a Program of what the step `convert` wrote, run by another program than the compiler,
    so that what the conversion alone does to the scores can be told. None where the stack has no
    such step, or nothing runs its result.
    """
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its workers."""
    build_environment: Mapping[str, str] = field(default_factory=dict)
    """Further ones, of those of its workers that run build steps."""
    observable: bool = False
    """Whether what `open` makes is an `ObservableProgram` (`harness.stacks.observation`)."""
    standalone: tuple[StandaloneForm, ...] = ()
    """Ways to build its programs without the harness, the one with the fewest passes behind it
    first; none where `parity reproduce` can't make a folder."""
    compiles: bool = True
    """Whether a target, a layout, an opt_level and a pipeline mean anything to it. False for a
    program that runs a model as it is, or as a converter makes it."""
    takes: str = ""
    """Format of model files that it takes besides GraphDefs, as `harness.stacks.file_formats` names
    it: what its step `convert` writes, which is then left out. Empty where there is none."""
    library: str = ""
    """Name of the shared library among the artefacts that `open` loads, in whose place a prebuilt
    one can be; empty where none can."""
    layouts: tuple[str, ...] = ("NCHW", "NHWC")
    """Layouts its importer can be asked for; none where it keeps the graph's own."""
    pipelines: tuple[str, ...] = ("default",)
    """What a candidate's `pipeline` may be."""
    precisions: tuple[Precision, ...] = (SINGLE,)
    """What a candidate's `precision` may be."""
    pass_config: Mapping[str, bool | int | str] = field(default_factory=dict)
    """Compiler configuration that every candidate has unless it says otherwise."""
    reference: str = "harness.execution.graphdef_reference:GraphDefReference"
    """`module:class` of what answers questions where the stack is the reference, called as
    `harness.execution.reference.ReferenceFactory` says. A name, since it lies in a room above this
    one; the default runs GraphDefs through `open`.
    """

    def versions(self) -> dict[str, str]:
        """Version by installed distribution; StackError with the remedy where one is missing."""
        found = {}
        for alternatives in self.distributions:
            installed = {name: v for name in alternatives if (v := installed_version(name))}
            if not installed:
                raise StackError(
                    f"stack '{self.name}' is not installed here: no distribution "
                    f"{' or '.join(alternatives)}. {self.remedy}"
                )
            found.update(installed)
        return found


def installed_version(distribution: str) -> str | None:
    """The installed version of a distribution; None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
