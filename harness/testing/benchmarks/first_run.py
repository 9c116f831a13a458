"""Seconds of `parity check` on Relay, cold, warm and with kept answers, beside the same by hand.

`python -m harness.testing.benchmarks.first_run MODEL IMAGE [ROUNDS]` prints them as JSON, in
alternation, with what each takes of the steps by hand. MODEL is a GraphDef that decodes JPEG files
itself. By hand are the steps of TVM's tutorial on compiling TensorFlow models: run the file in a
session; import the graph, build it and run it on Pillow's pixels. They take two processes, since in
one the import dies (docs/measured.md, "TVM 0.19 beside TensorFlow"), and the second is given what
the importer needs of TensorFlow by the harness, so it does not wait for TensorFlow's own import.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from harness.execution.candidate_source import candidate_source
from harness.graphdef.model_file import read_model
from harness.graphdef.parse import parse
from harness.inputs import pixels
from harness.stacks.registry import stack_named
from harness.stacks.relay import RELAY
from harness.stacks.relay_frontend import from_tensorflow

MODULE = "harness.testing.benchmarks.first_run"
CANDIDATE = "relay-host-nchw"
PARITY = str(Path(sys.executable).with_name("parity"))
KEEP = ("--keep-reference",)
WAYS = {"cold": (), "warm": (), "keeping": KEEP, "kept": KEEP}
"""What is compared with the steps by hand, in this order, and its options: nothing is built; the
module is; the same, and the reference's answers are kept; they are taken from there."""


def session_by_hand(model: str, image: str) -> None:
    """The file in a session of TensorFlow."""
    found = read_model(Path(model), None, None)
    whole = {"graph": model, "intra_op": 0, "inter_op": 0}
    program = stack_named("tensorflow").open(whole)  # type: ignore[arg-type]
    program.run({f"{found.entry.feed}:0": Path(image).read_bytes()}, [found.output])


def module_by_hand(model: str, image: str) -> None:
    """Import, build and run as TVM does it by itself."""
    import tvm
    from tvm import relay
    from tvm.contrib import graph_executor

    found = read_model(Path(model), None, None)
    tensor = pixels.decode(Path(image).read_bytes(), found.entry.channels)
    start, _ = candidate_source(RELAY, found, tensor.shape)
    with tempfile.TemporaryDirectory() as folder:
        start.write(Path(folder))
        graph = parse(start.place(Path(folder)).read_bytes())
    module, params = from_tensorflow(
        graph,
        layout="NCHW",
        shape={found.entry.pixels: tensor.shape},
        output=found.output.removesuffix(":0"),
    )
    target = f"llvm -mcpu={tvm.target.codegen.llvm_get_system_cpu()}"
    with tvm.transform.PassContext(3, config=dict(RELAY.pass_config)):
        library = relay.build(module, target=target, params=params)
    executor = graph_executor.GraphModule(library["default"](tvm.cpu()))
    executor.run(**{found.entry.pixels: tensor})
    executor.get_output(0).numpy()


def _seconds(*command: str, environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begun


def rounds(model: str, image: str, count: int) -> dict[str, list[float]]:
    """Seconds of each way, one after the other, so often."""
    found: dict[str, list[float]] = {way: [] for way in ("by_hand", *WAYS)}
    plain = {**os.environ, "TOPHUB_LOCATION": "NONE"}
    for _ in range(count):
        steps = ("session_by_hand", "module_by_hand")
        own = (sys.executable, "-m", MODULE)
        hand = [_seconds(*own, step, model, image, environment=plain) for step in steps]
        found["by_hand"].append(sum(hand))
        with tempfile.TemporaryDirectory() as folder:
            cached = {**plain, "PARITY_CACHE": f"{folder}/cache"}
            for way, more in WAYS.items():
                reports = ("--report-dir", f"{folder}/{way}")
                check = (PARITY, "check", model, image, "--candidate", CANDIDATE, *reports, *more)
                found[way].append(_seconds(*check, environment=cached))
    return found


def main(arguments: Sequence[str]) -> None:
    """Print the medians and their ratios to the steps by hand."""
    model, image, *count = arguments
    found = rounds(model, image, int(count[0]) if count else 1)
    median = {way: statistics.median(seconds) for way, seconds in found.items()}
    ratios = {way: median[way] / median["by_hand"] for way in WAYS}
    print(json.dumps({"seconds": found, "of_by_hand": ratios}, indent=2))


if __name__ == "__main__":
    if sys.argv[1] in ("session_by_hand", "module_by_hand"):
        globals()[sys.argv[1]](*sys.argv[2:])
    else:
        main(sys.argv[1:])
