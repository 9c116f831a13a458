"""The TensorFlow frontend's names, inputs, outputs, constants and refusals."""

import contextlib
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import GraphError
from harness.graphdef.build import add_const, add_node
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_HALF, DT_STRING
from harness.graphdef.wire import GraphDef
from harness.stacks.relax.tests.frontend_runs import MARKS, Net, agree, by_tvm, compiled, reals
from harness.stacks.relax.tests.relax_marks import examples
from harness.testing.tiny import F, decoder_graph, float_graph

pytestmark = MARKS
F32 = np.float32
RNG = np.random.default_rng(0)
PIXELS = reals(RNG, (1, 8, 8, 3))


def imported(graph, shape=None, outputs=None):
    from harness.stacks.relax.frontend import from_tensorflow

    return from_tensorflow(graph, shape, outputs)


def named(module):
    """(binding, the node that its span names), in order."""
    return [
        (binding.var.name, binding.var.span.source_name.name)
        for block in module["main"].body.blocks
        for binding in block.bindings
    ]


def refused(graph, message, *arguments, kind=GraphError):
    with pytest.raises(kind) as caught:
        imported(graph, *arguments)
    assert re.search(message, str(caught.value)), str(caught.value)
    assert isinstance(caught.value, GraphError)
    return caught.value


def tiny(nodes=()):
    """A placeholder `x` of shape [1, 4] and what is added to it: (name, op, inputs)."""
    net = Net()
    net.feed(reals(RNG, (1, 4)), "x")
    for name, op, inputs in nodes:
        net.node(op, *inputs, name=name, T=F32)
    return net


def test_a_binding_a_node_under_its_own_name():
    module = imported(float_graph(shape=(1, 8, 8, 3)))
    names = ["conv", "conv/Relu", "pool", "dense/MatMul", "logits", "softmax"]
    assert named(module) == [(name, name) for name in names]
    assert [parameter.name for parameter in module["main"].params] == ["input"]
    assert list(module["main"].attrs["tf_inputs"]) == ["input"]
    assert list(module["main"].attrs["tf_outputs"]) == ["softmax:0"]


def test_names_stay_as_they_are_and_steps_name_their_node():
    net = tiny()
    net.node("Relu", "x", name="a/b.c-d_1", T=F32)
    net.node("Softplus", "a/b.c-d_1", name="net/soft.plus", T=F32)
    axis = net.const(np.int32(1))
    net.node("Split", axis, "net/soft.plus", name="parts", T=F32, num_split=2)
    net.node("Identity", "parts:1", name="Identity", T=F32)
    found = named(imported(net.graph, None, ["parts", "Identity"]))
    assert found[0] == ("a/b.c-d_1", "a/b.c-d_1")
    steps = [name for name, node in found if node == "net/soft.plus"]
    assert steps[-1] == "net/soft.plus"
    assert all(name.startswith("net/soft.plus/") for name in steps[:-1])
    assert found[-3:] == [("parts", "parts"), ("parts:1", "parts"), ("Identity", "Identity")]


def test_every_call_has_a_span_that_survives_json():
    from tvm.ir import load_json, save_json

    module = load_json(save_json(imported(cut_decoder())))
    for block in module["main"].body.blocks:
        for binding in block.bindings:
            assert binding.value.span.source_name.name == binding.var.name


def cut_decoder():
    graph = decoder_graph()
    return cut(graph, find_input(graph), "softmax", (11, 13, 3))


def test_intermediate_tensors_are_tensorflow_s():
    net = Net()
    net.graph, net.feeds = (
        cut_decoder(),
        {"DecodeJpeg": np.uint8(RNG.integers(0, 256, (11, 13, 3)))},
    )
    outputs = ("softmax", "Cast", "ResizeBilinear:0", "conv/Relu", "logits", "DecodeJpeg", "Cast")
    agree(net, outputs, rtol=1e-5, atol=2e-5)
    alone = by_tvm(net, ("conv/Relu",))[0]
    together = by_tvm(net, outputs)[3]
    np.testing.assert_allclose(alone, together, 1e-6, 1e-6)


def test_a_constant_an_input_and_an_identity_can_be_outputs():
    net = tiny([("out", "Identity", ["x"])])
    net.const(np.float32([1, 2]), "c")
    agree(net, ("c",))
    agree(net, ("x",))
    agree(net, ("out", "c", "x", "out"))


def test_several_inputs_by_position():
    net = tiny()
    net.feed(reals(RNG, (1, 4)), "y")
    net.feed(reals(RNG, (9, 9)), "unused")
    net.node("Sub", "y", "x", T=F32)
    module = imported(net.graph, None, ["out"])
    assert sorted(module["main"].attrs["tf_inputs"]) == ["x", "y"]
    np.testing.assert_array_equal(compiled(module)(net.feeds)[0], net.feeds["y"] - net.feeds["x"])


def test_the_ends_are_the_default_outputs():
    net = tiny([("a", "Relu", ["x"]), ("b", "Neg", ["a"]), ("c", "Abs", ["a"])])
    net.graph.node.add(name="init", op="NoOp").input.append("^a")
    net.const(F32(1), "unused")
    assert list(imported(net.graph)["main"].attrs["tf_outputs"]) == ["b:0", "c:0"]


@pytest.mark.parametrize("form", ["harness", "bytes", "TensorFlow"])
def test_graphs_in_all_three_forms(form):
    graph = float_graph(shape=(1, 8, 8, 3))
    if form == "TensorFlow":
        import tensorflow as tf

        graph = tf.compat.v1.GraphDef.FromString(to_bytes(graph))
    elif form == "bytes":
        graph = to_bytes(graph)
    before = graph if form == "bytes" else graph.SerializeToString(deterministic=True)
    assert len(named(imported(graph))) == 6
    after = graph if form == "bytes" else graph.SerializeToString(deterministic=True)
    assert before == after


def test_control_inputs_are_not_followed():
    net = tiny([("checked", "CheckNumerics", ["x"])])
    net.graph.node.add(name="assert", op="Assert").input.extend(["x", "x"])
    net.node("Relu", "checked", "^assert", "^nowhere", T=F32)
    assert named(imported(net.graph, None, ["out"])) == [("out", "out")]


def test_a_placeholder_with_a_default_is_its_default_unless_named():
    net = tiny()
    net.const(F32(2), "two")
    net.node("PlaceholderWithDefault", "two", name="keep", dtype=F32)
    net.graph.node[-1].attr["shape"].shape.SetInParent()
    net.node("Mul", "x", "keep", T=F32)
    np.testing.assert_array_equal(by_tvm(net)[0], net.feeds["x"] * 2)
    net.feeds["keep"] = F32(5)
    found = by_tvm(net, shape={"keep": ()})[0]
    np.testing.assert_array_equal(found, net.feeds["x"] * 5)


def test_shapes_are_given_for_placeholders_that_leave_them_open():
    graph = float_graph()
    module = imported(graph, {"input": (2, 8, 8, 3)})
    assert [int(n) for n in module["main"].params[0].ty.shape] == [2, 8, 8, 3]
    message = (
        r"placeholder 'input' has the shape \[\?, 8, 8, 3\].*shape=\{'input': \(1, 8, 8, 3\)\}"
    )
    refused(graph, message)
    refused(graph, r"no placeholder 'inptu' in the graph; nearest: input", {"inptu": (1, 8, 8, 3)})
    refused(
        graph, r"given the shape \[1, 9, 9, 3\]; it is \[\?, 8, 8, 3\]", {"input": (1, 9, 9, 3)}
    )
    refused(graph, "given the shape", {"input": (8, 8, 3)})
    refused(graph, "shape: expected whole numbers", {"input": (None, 8, 8, 3)})
    del graph.node[0].attr["shape"]
    refused(graph, "'input' has the shape unknown; give all of it")
    assert imported(graph, {"input:0": (1, 8, 8, 3)})


def test_unknown_outputs():
    graph = float_graph(shape=(1, 8, 8, 3))
    refused(graph, "no output tensor 'softmx:0' in the graph; nearest: softmax", None, ["softmx"])
    refused(graph, "must be a list of tensor names", None, "softmax")
    refused(graph, "must be a list of tensor names", None, [])
    refused(graph, "output 3 of node 'softmax' is used, but not converted", None, ["softmax:3"])
    refused(graph, "names no tensor", None, ["softmax:x"])
    refused(graph, "names no tensor", None, [""])


def test_unknown_operations_are_all_named_before_anything_is_built():
    from harness.stacks.relax.frontend import UnsupportedOpError

    nodes = [(f"net/odd{i}", "Odd", ["x"]) for i in range(5)]
    nodes += [("other", "Strange", ["x"]), ("sum", "AddN", [*(n for n, _, _ in nodes), "other"])]
    error = refused(tiny(nodes).graph, "2 operations can't be imported", kind=UnsupportedOpError)
    assert "Odd (5 nodes: net/odd0, net/odd1, net/odd2 and 2 more)" in str(error)
    assert "Strange (1 node: other)" in str(error)


def test_a_decoder_has_to_be_cut_off():
    graph = decoder_graph()
    refused(graph, r"DecodeJpeg \(1 node: DecodeJpeg, cut the graph behind its decoder")
    bytes_in = "attribute dtype is string; expected numbers: cut the graph"
    refused(graph, bytes_in, None, ["DecodeJpeg/contents"])


def test_attributes_that_are_not_supported():
    from harness.stacks.relax.frontend import UnsupportedAttributeError

    net = tiny()
    net.feed(PIXELS, "pixels")
    vectors = [net.const(reals(RNG, 3, 1, 2)) for _ in "1234"]
    net.node("FusedBatchNormV3", "pixels", *vectors, name="trained", T=F32, is_training=True)
    net.node("FusedBatchNormV3", "pixels", *vectors, name="unsaid", T=F32)
    window = {"T": F32, "ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1]}
    net.node(
        "MaxPool", "pixels", name="layout", data_format="NCHW_VECT_C", padding="SAME", **window
    )
    net.node("MaxPool", "pixels", name="padding", padding="HALF", **window)
    deep = window | {"ksize": [1, 2, 2, 3], "padding": "SAME"}
    net.node("MaxPool", "pixels", name="deep", **deep)
    net.node("MaxPool", "pixels", name="few", **(window | {"strides": [1, 2], "padding": "SAME"}))
    net.node("MaxPool", "pixels", name="kind", **(window | {"strides": "two", "padding": "SAME"}))
    net.node("Cast", "x", name="exotic", SrcT=F32)
    net.graph.node[-1].attr["DstT"].type = 14
    for output, message in {
        "trained": r"'trained' \(FusedBatchNormV3\): attribute is_training is True; expected False",
        "unsaid": "attribute is_training is True",
        "layout": "data_format is 'NCHW_VECT_C'; expected NHWC or NCHW",
        "padding": "padding is 'HALF'; expected SAME or VALID or EXPLICIT",
        "deep": r"ksize is \[1, 2, 2, 3\]",
        "few": r"strides is \[1, 2\]; expected 4 whole numbers",
        "kind": "strides is text; expected a list",
        "exotic": "DstT is TensorFlow's type 14; expected one of float32",
    }.items():
        refused(net.graph, message, None, [output], kind=UnsupportedAttributeError)


@pytest.mark.parametrize("equation", ["ab->bQ", "ab", "aa->a", "a...->a", "abc->a", "a,b->a", ""])
def test_equations_that_are_not_supported(equation):
    net = tiny()
    net.node("Einsum", "x", T=F32, N=1, equation=equation)
    refused(net.graph, r"'out' \(Einsum\): attribute equation is .*; expected letters")


def test_sizes_that_no_machine_holds():
    net = tiny()
    net.feed(PIXELS, "pixels")
    net.node("ResizeBilinear", "pixels", net.const(np.int32([2**31 - 1, 8])), name="big", T=F32)
    net.node("Tile", "x", net.const(np.int32([2**30, 2])), name="tiled", T=F32)
    pads = net.const(np.int32([[0, 0], [0, 2**31 - 1]]))
    net.node("MirrorPad", "x", pads, name="mirrored", T=F32, mode="REFLECT")
    refused(net.graph, r"'big' .* has over", None, ["big"])
    refused(net.graph, r"'tiled' .* has over", None, ["tiled"])
    refused(net.graph, "'mirrored'.*too few rows to mirror", None, ["mirrored"])


def test_statistics_of_training_can_not_be_had():
    net = Net()
    x = net.feed(PIXELS)
    vectors = [net.const(reals(RNG, 3, 1, 2)) for _ in "1234"]
    net.node("FusedBatchNormV3", x, *vectors, name="norm", T=F32, is_training=False)
    net.node("Neg", "norm:1", T=F32)
    refused(net.graph, "output 1 of node 'norm' is used, but not converted; its converter gives 1")


def test_sizes_that_depend_on_what_is_fed():
    net = tiny()
    net.feed(np.int32([2, 2]), "size")
    net.node("Reshape", "x", "size", T=F32)
    refused(
        net.graph, r"'out' \(Reshape\): input 1 depends on what the graph is fed; expected a con"
    )


def test_damaged_graphs():
    refused(
        tiny(
            [("a", "Relu", ["b"]), ("b", "Relu", ["c"]), ("c", "Relu", ["a"]), ("d", "Neg", ["a"])]
        ).graph,
        "in a circle.*: a → b → c → a",
    )
    refused(tiny([("a", "Relu", ["a"]), ("b", "Relu", ["a"])]).graph, "in a circle.*: a → a")
    refused(
        tiny([("a", "Relu", ["xx"])]).graph,
        "node 'a' reads 'xx:0', but there is no node 'xx'; nearest: x",
    )
    refused(tiny([("a", "Relu", ["x", "x"])]).graph, r"'a' \(Relu\) reads 2 tensors; expected 1")
    refused(tiny([("a", "AddN", [])]).graph, r"'a' \(AddN\) reads 0 tensors; expected 1 or more")
    refused(tiny([("a", "Relu", ["x"]), ("a", "Neg", ["x"])]).graph, "two nodes are called 'a'")
    refused(tiny([("a", "Relu", ["x:1"])]).graph, "output 1 of node 'x' is used, but not converted")
    refused(tiny([("a", "Relu", ["x:y"])]).graph, "'x:y' names no tensor")
    refused(tiny().graph, "the graph has no output; nodes that nothing reads: Placeholder")
    refused(GraphDef(), "the file is empty")
    refused(b"no graph at all", "Expected a frozen GraphDef")
    refused(3, "expected a GraphDef or its bytes; found a int")


def test_inputs_that_contradict_each_other_name_the_node():
    net = tiny()
    three = net.const(F32([1, 2, 3]))
    net.node("AddV2", "x", three, name="sum", T=F32)
    refused(net.graph, r"node 'sum' \(AddV2\) can't be converted: .*broadcast")
    net = tiny()
    net.node("ConcatV2", "x", net.const(np.int32(7)), T=F32, N=1)
    refused(net.graph, r"node 'out' \(ConcatV2\): axis 7 of a tensor of 2 dimensions")


def test_a_deep_graph_needs_no_deep_stack():
    net = tiny()
    last = "x"
    for count in range(3000):
        last = net.node("Identity", last, name=f"n{count}", T=F32)
    assert named(imported(net.graph)) == [("n2999", "n2999")]


def test_constants_are_computed_by_tensorflow_bit_by_bit():
    """The batch norms of frozen Keras graphs: a session for all, the same as in one run."""
    net = tiny()
    variance = net.const(np.abs(reals(RNG, 4)) + 1)
    net.node("AddV2", variance, net.const(F32(1e-3)), name="safe", T=F32)
    net.node("Rsqrt", "safe", name="scale", T=F32)
    net.node("Where", "flags", name="where", T=np.bool_)
    net.const(np.array([True, False, True]), "flags")
    net.node("Mul", "x", "scale", T=F32)
    agree(net, ("out", "scale", "where"))


def test_a_constant_that_tensorflow_refuses_is_told():
    net = tiny()
    net.node("MatMul", net.const(F32([[1]])), net.const(F32([[1], [2]])), name="no", T=F32)
    net.node("Mul", "x", "no", T=F32)
    refused(net.graph, "TensorFlow can't compute the graph's constants")


def test_convolutions_of_constants_are_left_to_the_module():
    """Of the wrong rank, oneDNN would end the process."""
    net = Net()
    picture, kernel = net.const(PIXELS), net.const(reals(RNG, (3, 3, 3, 2)))
    window = {"T": F32, "strides": [1, 1, 1, 1], "padding": "SAME"}
    net.node("Conv2D", picture, kernel, **window)
    agree(net, rtol=1e-5, atol=1e-5)
    net.node("Conv2D", net.const(F32([1])), kernel, name="flat", **window)
    refused(net.graph, r"'flat' \(Conv2D\): input 0 has the shape \[1\]", None, ["flat"])


def test_random_numbers_are_no_constants():
    net = tiny()
    net.node("RandomUniform", net.const(np.int32([4])), name="noise", T=np.int32, dtype=F32)
    net.node("Mul", "x", "noise", T=F32)
    refused(net.graph, r"RandomUniform \(1 node: noise\)")


def test_a_constant_of_another_type_is_read_only_if_needed():
    net = tiny()
    node = net.graph.node.add(name="text", op="Const")
    node.attr["dtype"].type = node.attr["value"].tensor.dtype = DT_STRING
    node.attr["value"].tensor.string_val.append(b"hello")
    net.node("Relu", "x", "^text", T=F32)
    assert imported(net.graph, None, ["out"])
    net.node("Mul", "x", "text", name="bad", T=F32)
    refused(net.graph, "node 'bad'.*|a constant has TensorFlow's type 7", None, ["bad"])


def test_tensorflow_is_not_imported_for_an_ordinary_graph(tmp_path):
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


def test_functions_are_inlined():
    import tensorflow as tf

    v1 = tf.compat.v1

    @tf.function
    def twice(x):
        return tf.concat([x, x], 1), tf.split(x, 2, 1)[1]

    @tf.function
    def outer(x):
        both, half = twice(tf.nn.relu(x))
        return both + 1.0, half

    with tf.Graph().as_default() as graph:
        both, half = outer(v1.placeholder(tf.float32, (1, 4), "x"))
        tf.identity(both, "out")
        tf.negative(half, "half")
    net = Net()
    net.graph.ParseFromString(graph.as_graph_def().SerializeToString())
    net.feeds = {"x": reals(RNG, (1, 4))}
    assert any("PartitionedCall" in node.op for node in net.graph.node)
    agree(net, ("out", "half"))
    for node in net.graph.node:
        if "PartitionedCall" in node.op:
            node.attr["f"].func.Clear()
    refused(net.graph, "calls '', which the graph lacks", None, ["out"])


@examples(60)
@given(st.data())
def test_a_damaged_byte_is_told_or_imported(data):
    whole = to_bytes(cut_decoder())
    where = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:where] + bytes([data.draw(st.integers(0, 255))]) + whole[where + 1 :]
    with contextlib.suppress(GraphError):
        imported(damaged)


def test_half_precision_weights_that_are_widened():
    """float16 stores half the bytes; the Cast is a constant of its own."""
    net = tiny()
    net.const(np.float16([[1.5], [2], [0.25], [3]]), "half")
    net.node("Cast", "half", name="wide", SrcT=np.float16, DstT=F32)
    assert net.graph.node[-1].attr["SrcT"].type == DT_HALF
    net.node("MatMul", "x", "wide", T=F32)
    agree(net, rtol=1e-6)


def test_add_const_of_the_writer_is_shared():
    """A tensor that two nodes read is one constant."""
    net = tiny()
    add_const(net.graph, "c", np.ones((1, 4), np.float32))
    net.node("Mul", "x", "c", name="a", T=F32)
    net.node("AddV2", "a", "c", T=F32)
    first, second = (b.value.args[1] for b in imported(net.graph)["main"].body.blocks[0].bindings)
    assert first.same_as(second)
