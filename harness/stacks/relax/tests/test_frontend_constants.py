"""The TensorFlow frontend's constant folding."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_HALF, DT_STRING
from harness.stacks.relax.tests.frontend_graphs import (
    PIXELS,
    RNG,
    cut_decoder,
    expect_error,
    imported,
    tiny,
)
from harness.stacks.relax.tests.frontend_runs import F16, F32, I32, MARKS, Net, agree, reals
from harness.testing.tiny import F

pytestmark = MARKS


def test_constants_are_computed_by_tensorflow_bit_by_bit() -> None:
    """The batch norms of frozen Keras graphs: a session for all, the same as in one run."""
    net = tiny()
    variance = net.const(np.abs(reals(RNG, 4)) + 1)
    net.node("AddV2", variance, net.const(F32(1e-3)), name="safe", T=F32)
    net.node("Rsqrt", "safe", name="scale", T=F32)
    net.node("Where", "flags", name="where", T=np.bool_)
    net.const(np.array([True, False, True]), "flags")
    net.node("Mul", "x", "scale", T=F32)
    agree(net, ("out", "scale", "where"))


def test_a_constant_that_tensorflow_can_not_compute() -> None:
    net = tiny()
    net.node("MatMul", net.const(F32([[1]])), net.const(F32([[1], [2]])), name="no", T=F32)
    net.node("Mul", "x", "no", T=F32)
    expect_error(net.graph, "TensorFlow can't compute the graph's constants")


def test_convolutions_of_constants_are_left_to_the_module() -> None:
    """Of the wrong rank, oneDNN would end the process."""
    net = Net()
    image, kernel = net.const(PIXELS), net.const(reals(RNG, (3, 3, 3, 2)))
    window = {"T": F32, "strides": [1, 1, 1, 1], "padding": "SAME"}
    net.node("Conv2D", image, kernel, **window)
    agree(net, rtol=1e-5, atol=1e-5)
    net.node("Conv2D", net.const(F32([1])), kernel, name="flat", **window)
    expect_error(net.graph, r"'flat' \(Conv2D\): input 0 has the shape \[1\]", None, ["flat"])


def test_random_numbers_are_no_constants() -> None:
    net = tiny()
    net.node("RandomUniform", net.const(I32([4])), name="noise", T=np.int32, dtype=F32)
    net.node("Mul", "x", "noise", T=F32)
    expect_error(net.graph, r"RandomUniform \(1 node: noise, it draws random numbers\)")


def test_a_constant_of_another_type_is_read_only_if_needed() -> None:
    net = tiny()
    node = net.graph.node.add(name="text", op="Const")
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = DT_STRING
    node.attr["value"].tensor.string_val.append(b"hello")
    net.node("Relu", "x", "^text", T=F32)
    assert imported(net.graph, None, ["out"])
    net.node("Mul", "x", "text", name="bad", T=F32)
    expect_error(net.graph, "node 'bad'.*|a constant has TensorFlow's type 7", None, ["bad"])


def test_tensorflow_is_not_imported_for_an_ordinary_graph(tmp_path: Path) -> None:
    """Identities of weights, shapes and their arithmetic need none of its four seconds."""
    graph = cut_decoder()
    add_node(graph, "conv/kernel/read", "Identity", ["conv/kernel"], T=F)
    next(node for node in graph.node if node.name == "conv").input[1] = "conv/kernel/read"
    add_node(graph, "shape", "Shape", ["softmax"], T=F, out_type=("type", 3))
    add_node(graph, "again", "Reshape", ["softmax", "shape"], T=F)
    path = tmp_path / "graph.pb"
    path.write_bytes(to_bytes(graph))
    program = (
        "import sys; import harness.stacks.relax; assert 'tvm' not in sys.modules\n"
        "from harness.stacks.relax.frontend import from_tensorflow\n"
        "from_tensorflow(open(sys.argv[1], 'rb').read())\n"
        "assert 'tensorflow' not in sys.modules"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_half_precision_weights_that_are_widened() -> None:
    """float16 stores half the bytes; the Cast is a constant of its own."""
    net = tiny()
    net.const(F16([[1.5], [2], [0.25], [3]]), "half")
    net.node("Cast", "half", name="wide", SrcT=np.float16, DstT=F32)
    assert net.graph.node[-1].attr["SrcT"].type == DT_HALF
    net.node("MatMul", "x", "wide", T=F32)
    agree(net, rtol=1e-6)


def test_a_constant_that_two_nodes_read_is_shared() -> None:
    """A tensor that two nodes read is one constant."""
    net = tiny()
    add_const(net.graph, "c", np.ones((1, 4), np.float32))
    net.node("Mul", "x", "c", name="a", T=F32)
    net.node("AddV2", "a", "c", T=F32)
    first, second = (b.value.args[1] for b in imported(net.graph)["main"].body.blocks[0].bindings)
    assert first.same_as(second)
