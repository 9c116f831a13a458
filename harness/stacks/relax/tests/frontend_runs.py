"""Small graphs for the tests of the TensorFlow frontend, run by TensorFlow and by TVM.

Importing this needs neither; `MARKS` skips the tests of a module where one is absent.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.graphdef.build import add_const, add_node
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DTYPES
from harness.graphdef.wire import GraphDef
from harness.stacks.relax.tests.packed_runs import executable, own_target
from harness.stacks.relax.tests.relax_marks import absent, marks

F16: Any = np.float16
F32: Any = np.float32
I32: Any = np.int32
I64: Any = np.int64
"""As functions these make arrays of lists, which numpy's stubs do not declare."""

Test = TypeVar("Test", bound=Callable[..., None])

# TensorFlow leaves oneDNN off on a CPU without AVX-512, and has no other CPU kernels for NCHW and
# for dilated depthwise convolutions.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

CODES = {dtype.name: code for code, dtype in DTYPES.items()}
PRODUCER = 1882  # GraphDef version of TensorFlow 2.18: today's meaning of everything


NEEDED = ("apache-tvm", "tensorflow-cpu")
ABSENT, MARKS = absent(*NEEDED), marks(*NEEDED)


def covers(*ops: str) -> Callable[[Test], Test]:
    """Says which operations a test checks against TensorFlow; the registry's test reads it."""

    def mark(function: Test) -> Test:
        function.covers = (*getattr(function, "covers", ()), *ops)  # type: ignore[attr-defined]
        return function

    return mark


def dtype_of(name: Any) -> Any:
    return ("type", CODES[np.dtype(name).name])


class Net:
    """A graph with the arrays that it is fed."""

    def __init__(self, producer: Any = PRODUCER) -> None:
        self.graph = GraphDef()
        self.graph.versions.producer = producer
        self.feeds: dict[str, NDArray[Any]] = {}
        self._count = 0

    def feed(self, array: Any, name: Any = "") -> Any:
        """A placeholder of the array's shape."""
        name = name or f"x{len(self.feeds)}"
        array = np.asarray(array)
        add_node(self.graph, name, "Placeholder", [], dtype=dtype_of(array.dtype))
        shape = self.graph.node[-1].attr["shape"].shape
        shape.SetInParent()
        for size in array.shape:
            shape.dim.add(size=size)
        self.feeds[name] = array
        return name

    def const(self, array: Any, name: Any = "") -> Any:
        self._count += 1
        return add_const(self.graph, name or f"const{self._count}", np.asarray(array))

    def node(self, op: Any, *inputs: Any, name: Any = "out", **attrs: Any) -> Any:
        attrs = {key: dtype_of(v) if is_type(v) else v for key, v in attrs.items()}
        return add_node(self.graph, name, op, inputs, **attrs)


def is_type(value: Any) -> Any:
    return isinstance(value, np.dtype) or (isinstance(value, type) and value not in (bool, int))


def by_tensorflow(net: Net, outputs: Any = ("out",)) -> Any:
    """What TensorFlow computes, unoptimised."""
    import tensorflow as tf

    v1 = tf.compat.v1
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=config) as session:
        tf.import_graph_def(v1.GraphDef.FromString(to_bytes(net.graph)), name="")
        feeds = {f"{name}:0": array for name, array in net.feeds.items()}
        return session.run([o if ":" in o else f"{o}:0" for o in outputs], feeds)


def compiled(module: Any, packed: bool = False) -> Any:
    """A function from feeds to outputs; `packed` compiles it for this machine's CPU."""
    import tvm
    from tvm import relax

    relax.analysis.well_formed(module)  # raises where it is not
    built = by_packed_pipeline(module) if packed else tvm.compile(module, target="llvm")
    machine = relax.VirtualMachine(built, tvm.cpu())

    def run(feeds: Any) -> Any:
        names = [str(name) for name in module["main"].attrs["tf_inputs"]]
        made = machine["main"](*(tvm.runtime.tensor(np.asarray(feeds[name])) for name in names))
        several = len(module["main"].attrs["tf_outputs"]) > 1
        return [tensor.numpy() for tensor in made] if several else [made.numpy()]

    return run


def by_packed_pipeline(module: Any) -> Any:
    from harness.stacks.relax.packed.pipeline import optimise

    target = own_target()
    return executable(optimise(module, target).module, target)


def by_tvm(net: Net, outputs: Any = ("out",), shape: Any = None, packed: bool = False) -> Any:
    """What the imported and compiled module computes."""
    from harness.stacks.relax.frontend import from_tensorflow

    return compiled(from_tensorflow(net.graph, shape, list(outputs)), packed)(net.feeds)


def compare(found: Any, expected: Any, rtol: Any = 0.0, atol: Any = 0.0, what: Any = "") -> None:
    """Types and shapes equal, and values too, or within the tolerance."""
    assert found.dtype == expected.dtype, what
    assert found.shape == expected.shape, what
    if rtol or atol:
        np.testing.assert_allclose(found, expected, rtol, atol, equal_nan=True, err_msg=what)
    else:
        np.testing.assert_array_equal(found, expected, err_msg=what)


def agree(
    net: Net, outputs: Any = ("out",), rtol: Any = 0.0, atol: Any = 0.0, packed: bool = False
) -> Any:
    """TVM's and TensorFlow's tensors, compared one by one; returns TensorFlow's.

    `packed` compares those of the packed pipeline too.
    """
    expected = by_tensorflow(net, outputs)
    for pipeline in (False, True)[: 1 + packed]:
        found = by_tvm(net, outputs, packed=pipeline)
        for name, here, there in zip(outputs, found, expected, strict=True):
            compare(here, there, rtol, atol, f"{name}{', packed' if pipeline else ''}")
    return expected


@st.composite
def rngs(draw: st.DrawFn) -> Any:
    return np.random.default_rng(draw(st.integers(0, 1 << 32)))


def reals(rng: np.random.Generator, shape: Any, low: Any = -3.0, high: Any = 3.0) -> Any:
    return rng.uniform(low, high, shape).astype(np.float32)


def wholes(
    rng: np.random.Generator, shape: Any, low: Any = -50, high: Any = 50, dtype: Any = np.int32
) -> Any:
    return rng.integers(low, high, shape).astype(dtype)


shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)
