"""Functions that run in a worker process, for the programs of any stack, and their requests.

The harness's own process names these functions and makes their requests; neither side of this
module imports a framework by itself.
"""

import importlib
import time
from collections.abc import Callable
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from harness.errors import NoScoresError
from harness.execution.peak_memory import peak_mib
from harness.stacks.protocol import (
    Arrays,
    ArtefactOptions,
    GraphOptions,
    Program,
    StackDescription,
    function_path,
)

MAX_OPEN = 4
"""How many programs stay open: a model, its float64 form, and what they are compared with."""


class OpenRequest(TypedDict):
    """Which program a run needs, and how to open it where it is not open yet."""

    key: str
    """The same for the same program."""
    open: str
    """`module:function` of the stack's `open`."""
    options: GraphOptions | ArtefactOptions
    """What `open` is called with."""


class RunRequest(TypedDict):
    """What `run` is called with, beside the tensors to feed."""

    program: OpenRequest
    """The program to run."""
    outputs: list[str]
    """Names of the tensors to return."""
    encoded: list[str]
    """Names of the fed arrays that are an encoded image's bytes."""
    kind: Literal["scores", "pixels"]
    """What the outputs are: floating point numbers, or whole ones."""
    repeats: int
    """How many timed runs follow the first."""


class RunTimes(TypedDict):
    """What `run` returns, beside the outputs."""

    times_ms: list[float]
    """Milliseconds of each repeat."""
    peak_mib: float | None
    """The process's largest resident memory until now; None where the system does not say."""
    spread: float | None
    """Largest distance of a repeat's outputs from the first run's; None without repeats."""


class BlockRequest(TypedDict):
    """What `run_block` is called with, beside an array for each image, named by its place."""

    program: OpenRequest
    """The program to run."""
    feed: str
    """Name of the tensor that is fed."""
    encoded: bool
    """Whether the arrays are the bytes of image files."""
    output: str
    """Name of the tensor of scores."""


class BlockReply(TypedDict):
    """What `run_block` returns, beside the scores, which have the names of the arrays."""

    failed: list[str]
    """Names of the arrays for which the program raised an exception."""


class DescribeRequest(TypedDict):
    """What `describe` is called with."""

    describe: str
    """`module:function` of the stack's `describe`."""


class LoadRequest(TypedDict):
    """What `load` is called with."""

    modules: list[str]
    """Modules to import."""


_OPEN: dict[str, Program] = {}


def describe(request: DescribeRequest, _: Arrays) -> tuple[StackDescription, Arrays]:
    """Versions and devices, as the stack's own function finds them."""
    found: StackDescription = _resolve(request["describe"])()
    return found, {}


def load(request: LoadRequest, _: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Import modules before the call that needs them."""
    for module in request["modules"]:
        importlib.import_module(module)
    return {}, {}


def run(request: RunRequest, arrays: Arrays) -> tuple[RunTimes, Arrays]:
    """Run once for the outputs, then `repeats` times for the clock.

    The first run, which warms up, is the one whose outputs are returned.
    """
    program = opened(request["program"])
    encoded, wanted = set(request["encoded"]), request["outputs"]
    feeds = {n: a.tobytes() if n in encoded else a for n, a in arrays.items()}
    given = program.run(feeds, wanted)
    outputs = {name: _array(name, given[name], request["kind"]) for name in wanted}
    times, spreads = [], []
    for _ in range(request["repeats"]):
        start = time.perf_counter()
        again = program.run(feeds, wanted)
        times.append(1e3 * (time.perf_counter() - start))
        spreads.append(max(_distance(outputs[name], again[name]) for name in wanted))
    spread = max(spreads) if spreads else None
    return {"times_ms": times, "peak_mib": peak_mib(), "spread": spread}, outputs


def run_block(request: BlockRequest, arrays: Arrays) -> tuple[BlockReply, Arrays]:
    """The scores of several images, each run once; one that raises costs itself alone."""
    program = opened(request["program"])
    output, scores, failed = request["output"], dict[str, NDArray[Any]](), []
    for name, array in arrays.items():
        value = array.tobytes() if request["encoded"] else array
        try:
            given = program.run({request["feed"]: value}, [output])
            scores[name] = _array(output, given[output], "scores")
        except Exception:  # noqa: BLE001  who asks for the image alone is told
            failed.append(name)
    return {"failed": failed}, scores


RUN, RUN_BLOCK = function_path(run), function_path(run_block)
DESCRIBE, LOAD = function_path(describe), function_path(load)
"""How `Worker.call` names them."""


def _resolve(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def open_once(request: OpenRequest) -> Program:
    """The program, for one call: it goes when the caller lets go of it."""
    program: Program = _resolve(request["open"])(request["options"])
    return program


def opened(request: OpenRequest) -> Program:
    """The program of that key, opened where it is not; the least recently used one goes."""
    known: Program | None = _OPEN.pop(request["key"], None)
    program = known or open_once(request)
    _OPEN[request["key"]] = program
    while len(_OPEN) > MAX_OPEN:
        del _OPEN[next(iter(_OPEN))]
    return program


def _array(name: str, value: Any, kind: str) -> NDArray[Any]:
    """One output; raises NoScoresError for scores that are no floating point numbers."""
    array = np.array(value)
    if kind == "scores" and array.dtype.kind != "f":
        what = "text" if array.dtype.kind in "OSU" else f"values of type {array.dtype}"
        raise NoScoresError(f"output '{name}' holds {what}; scores are float16, 32 or 64")
    return array


def _distance(first: Any, again: Any) -> float:
    """Largest |a − b| over the finite values; equal NaN and Inf are no distance."""
    first, again = np.asarray(first, np.float64), np.asarray(again, np.float64)
    finite = np.isfinite(first) & np.isfinite(again)
    return float(np.abs(first[finite] - again[finite]).max(initial=0.0))
