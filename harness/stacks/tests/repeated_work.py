"""Imports and builds a graph of equal blocks with TVM 0.19, and prints what came of it as JSON.

Run by `test_relay_repeats.py` in a process of its own, with `once` or `plain` as its argument.
"""

import contextlib
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef
from harness.stacks import relay_repeats
from harness.stacks.relay_frontend import from_tensorflow

BLOCKS, SIDE, CHANNELS = 3, 8, 4
F = ("type", DT_FLOAT)
ONES = [1, 1, 1, 1]
CONVOLUTION = {"T": F, "strides": ONES, "dilations": ONES, "padding": "SAME", "data_format": "NHWC"}
NORMALISATION = {"T": F, "epsilon": 1e-3, "is_training": False, "data_format": "NHWC"}


def blocks() -> GraphDef:
    """Convolution and batch normalisation, three times with other numbers."""
    rng = np.random.default_rng(0)
    graph = GraphDef()
    last = add_node(graph, "input", "Placeholder", [], dtype=F)
    for size in (1, SIDE, SIDE, CHANNELS):
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    for place in range(BLOCKS):
        weights = rng.normal(size=(3, 3, CHANNELS, CHANNELS)).astype(np.float32)
        add_const(graph, f"w{place}", weights)
        last = add_node(graph, f"conv{place}", "Conv2D", [last, f"w{place}"], **CONVOLUTION)
        inputs = [last]
        for name in ("scale", "offset", "mean", "variance"):
            values = rng.uniform(0.5, 1.5, CHANNELS).astype(np.float32)
            inputs.append(add_const(graph, f"{name}{place}", values))
        last = add_node(graph, f"norm{place}", "FusedBatchNorm", inputs, **NORMALISATION)
    add_node(graph, "scores", "Relu", [last], T=F)
    return graph


def main(once: bool) -> dict[str, Any]:
    """The module's structural hash, the library's digest, how many kernels were built, and a type.

    The type is that of a call of one of the functions which the importer adds to its module.
    """
    import tvm
    from tvm import relay
    from tvm.relay.frontend import common
    from tvm.relay.prelude import Prelude

    types = relay_repeats.types_without_prelude if once else contextlib.nullcontext
    kernels = relay_repeats.kernels_built_once if once else contextlib.nullcontext
    shape = {"input": (1, SIDE, SIDE, CHANNELS)}
    with types():
        module, params = from_tensorflow(blocks(), layout="NCHW", shape=shape, output="scores")
    module = relay.transform.RemoveUnusedFunctions()(module)
    build, built = tvm.get_global_func("relay.backend.build"), []

    def counted(*given: Any) -> Any:
        built.append(given)
        return build(*given)

    tvm.register_func("relay.backend.build", counted, override=True)
    with kernels(), tvm.transform.PassContext(3, config={"tir.disable_cse_tir": True}):
        library = relay.build(module, target="llvm", params=params)
    with tempfile.TemporaryDirectory() as folder:
        library.export_library(str(file := Path(folder) / "lib.so"))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    prelude = Prelude()
    listed = prelude.get_global_var("tensor_array", "float32")(relay.const(3))
    with types():
        kind = str(common.infer_type(listed, prelude.mod).checked_type)
    found = tvm.ir.structural_hash(module)
    return {"module": found, "library": digest, "kernels": len(built), "type": kind}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] == "once")))
