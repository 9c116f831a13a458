"""The values that each kind of fault leaves in a graph."""

from typing import Any

import numpy as np
import pytest

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.build import add_const, add_node, copy_of
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.proof.faults.edits import free_name
from harness.proof.faults.network import Network, SlidingWindow
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.proof.tests.fault_expectations import FLOAT, WHOLE, constant_of, planted
from harness.testing.tiny import constants, decoder_graph, float_graph


def test_values_of_the_weight_kinds() -> None:
    (fault,) = planted("weight_scaled", per_kind=1)
    old, new = constant_of(WHOLE, fault.where), constant_of(fault.graph, fault.where)
    np.testing.assert_array_equal(new, old * np.float32(1.01))

    (fault,) = planted("weight_element_scaled", per_kind=1)
    old, new = constant_of(WHOLE, fault.where), constant_of(fault.graph, fault.where)
    at = np.abs(old).argmax()
    assert np.flatnonzero(old != new).tolist() == [at]
    assert new.flat[at] == old.flat[at] * np.float32(1.01)

    (fault,) = planted("weights_int8", per_kind=1)
    old, new = constant_of(WHOLE, fault.where), constant_of(fault.graph, fault.where)
    step = np.abs(old).max() / 127
    assert np.abs(new - old).max() <= step * 0.5001
    assert len(np.unique(new)) <= 255

    (fault,) = planted("weights_float16", per_kind=1)
    new = constant_of(fault.graph, fault.where)
    np.testing.assert_array_equal(new, new.astype(np.float16))


def test_two_output_channels_trade_places() -> None:
    for fault in planted("channels_swapped", per_kind=9):
        axis = 2 if "depthwise" in fault.where else 3
        old, new = constant_of(WHOLE, fault.where), constant_of(fault.graph, fault.where)
        first, second = np.moveaxis(old, axis, 0), np.moveaxis(new, axis, 0)
        a, b = [i for i in range(len(first)) if not np.array_equal(first[i], second[i])]
        np.testing.assert_array_equal(first[[a, b]], second[[b, a]])


def test_the_chosen_classes_trade_places() -> None:
    (fault,) = planted("classes_swapped", classes=(3, 17))
    order = np.arange(20)
    order[[3, 17]] = 17, 3
    for name in ("dense/kernel", "dense/bias"):
        np.testing.assert_array_equal(
            constant_of(fault.graph, name), constant_of(WHOLE, name)[..., order]
        )
    assert planted("classes_swapped", classes=(0, 20)) == ()


def test_classes_of_a_convolution_and_of_a_transposed_product() -> None:
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=FLOAT)
    add_const(graph, "kernel", np.arange(12, dtype=np.float32).reshape(4, 3))
    add_node(graph, "dense", "MatMul", ["input", "kernel"], T=FLOAT, transpose_b=True)
    add_node(graph, "softmax", "Softmax", ["dense"], T=FLOAT)
    (fault,) = planted("classes_swapped", graph, classes=(0, 3))
    np.testing.assert_array_equal(
        constant_of(fault.graph, "kernel")[[3, 1, 2, 0]], constant_of(graph, "kernel")
    )


def test_red_and_blue_trade_places() -> None:
    (fault,) = planted("rgb_to_bgr")
    old, new = constant_of(WHOLE, "conv1/kernel"), constant_of(fault.graph, "conv1/kernel")
    np.testing.assert_array_equal(new, old[:, :, ::-1])


def test_mean_and_divisor_are_off_by_one() -> None:
    (mean,) = planted("mean_off_by_one")
    assert constant_of(mean.graph, "Sub/y") == 128
    (scale,) = planted("scale_off_by_one")
    assert constant_of(scale.graph, "Mul/y") == np.float32(1 / 127)


@pytest.mark.parametrize(
    ("op", "constant", "kind", "expected"),
    [
        ("RealDiv", 255, "scale_off_by_one", 254),
        ("Mul", 2, "scale_off_by_one", None),  # a factor, not a divisor
        ("AddV2", -127, "mean_off_by_one", -128),
        ("Add", [-1, -2, -3], "mean_off_by_one", [-2, -3, -4]),
    ],
)
def test_other_forms_of_preprocessing(op: str, constant: Any, kind: str, expected: Any) -> None:
    found = planted(kind, _preprocessed((op, constant)))
    values = [constant_of(fault.graph, "const0") for fault in found]
    assert np.array_equal(values, [] if expected is None else [np.float32(expected)])


def test_after_the_scale_a_grey_level_is_smaller() -> None:
    graph = _preprocessed(("Mul", 1 / 255), ("Mul", 2), ("Sub", 1))
    (fault,) = planted("mean_off_by_one", graph)
    assert constant_of(fault.graph, "const2") == pytest.approx(1 + 2 / 255)
    (fault,) = planted("scale_off_by_one", graph)
    assert constant_of(fault.graph, "const0") == pytest.approx(1 / 254)


def _preprocessed(*steps: Any) -> Any:
    """A float graph with arithmetic between its placeholder and its first convolution."""
    body, graph, last = float_graph(), GraphDef(), "input"
    graph.node.add().CopyFrom(body.node[0])
    for i, (op, constant) in enumerate(steps):
        add_const(graph, f"const{i}", np.float32(constant))
        last = add_node(graph, f"step{i}", op, [last, f"const{i}"], T=FLOAT)
    graph.node.extend(body.node[1:])
    nodes_by_name(graph)["conv"].input[0] = last
    return graph


def test_both_resize_flags_are_never_set() -> None:
    graph = copy_of(WHOLE)
    nodes_by_name(graph)["ResizeBilinear"].attr["half_pixel_centers"].b = True
    (fault,) = planted("align_corners_flipped", graph)
    node = nodes_by_name(fault.graph)["ResizeBilinear"]
    assert attr_of(node, "align_corners").b
    assert not attr_of(node, "half_pixel_centers").b


def test_batch_norm_kinds() -> None:
    for fault in planted("bn_epsilon"):
        assert attr_of(nodes_by_name(fault.graph)[fault.where], "epsilon").f == np.float32(1e-5)
    for fault in planted("bn_statistics_dropped"):
        assert not constant_of(fault.graph, f"{fault.where}/mean").any()
        assert (constant_of(fault.graph, f"{fault.where}/variance") == 1).all()


def test_an_old_batch_norm_is_known_too() -> None:
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=FLOAT)
    for name in ("mean", "variance", "beta", "gamma"):
        add_const(graph, name, np.full(4, 3, np.float32))
    op = "BatchNormWithGlobalNormalization"
    parts = ["input", "mean", "variance", "beta", "gamma"]
    add_node(graph, "bn", op, parts, variance_epsilon=1e-3)
    assert [f.kind for f in faults(graph, "bn").faults] == ["bn_epsilon", "bn_statistics_dropped"]
    (fault,) = planted("bn_statistics_dropped", graph, "bn")
    assert {n: v[0] for n, v in constants(fault.graph)} == {
        "mean": 0,
        "variance": 1,
        "beta": 3,
        "gamma": 3,
    }


def test_shifted_padding_is_the_mirror_image_of_same() -> None:
    (fault,) = planted("padding_shifted", per_kind=1, seed=1)
    conv = nodes_by_name(fault.graph)[fault.where]
    assert attr_of(conv, "padding").s == b"VALID"
    pads = constant_of(fault.graph, f"{fault.where}/fault_paddings")
    assert pads.tolist() == [[0, 0], [1, 0], [1, 0], [0, 0]]


def test_a_pool_counts_its_padding() -> None:
    (fault,) = planted("pool_counts_padding")
    assert fault.where == "pool"
    pads = constant_of(fault.graph, "pool/fault_paddings")
    assert pads.tolist() == [[0, 0], [0, 1], [0, 1], [0, 0]]


def test_without_padded_pools_the_global_average_counts_one_more_row_and_column() -> None:
    (fault,) = planted("pool_counts_padding", decoder_graph())
    assert fault.where == "pool"
    assert nodes_by_name(fault.graph)["pool"].input[0] == "pool/fault_pad"


@pytest.mark.parametrize("size", range(1, 13))
@pytest.mark.parametrize(("reach", "stride"), [(1, 1), (3, 1), (3, 2), (5, 2), (2, 3)])
def test_a_same_window_covers_the_picture_and_out_is_what_fits(
    size: Any, reach: Any, stride: Any
) -> None:
    same = SlidingWindow((reach, reach), (stride, stride), same=True)
    (out, _), ((before, after), _) = same.out((size, size)), same.padding((size, size))
    assert out == -(-size // stride)
    assert before <= after <= before + 1
    valid = SlidingWindow((reach, reach), (stride, stride), same=False)
    padded = size + before + after
    assert valid.out((padded, padded)) == (out, out)


def test_sizes_are_followed_through_the_network() -> None:
    net = Network(WHOLE, "softmax")
    sizes = {n.name: net.size(n) for n in net.of("Conv2D", "DepthwiseConv2dNative", "AvgPool")}
    expected = {"conv1": 64, "depthwise": 32, "pool": 32, "conv2": 16, "conv3": 8}
    assert sizes == {name: (size, size) for name, size in expected.items()}


def test_a_constant_with_other_readers_stays_theirs() -> None:
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=FLOAT)
    add_const(graph, "shared", np.ones((2, 2), np.float32))
    add_node(graph, "read", "Identity", ["shared"], T=FLOAT)
    add_node(graph, "a", "MatMul", ["input", "read"], T=FLOAT)
    add_node(graph, "b", "MatMul", ["a", "shared"], T=FLOAT)
    (early, late) = planted("weight_scaled", graph, "b")
    for fault, user, other in ((early, "a", "b"), (late, "b", "a")):
        net = Network(fault.graph, "b")
        nodes = nodes_by_name(fault.graph)
        faulty, whole = (net.constant(nodes[name], 1) for name in (user, other))
        assert faulty is not None
        assert whole is not None
        assert faulty[0, 0] == np.float32(1.01)
        assert whole[0, 0] == 1


def test_a_taken_name_is_not_given_twice() -> None:
    assert free_name(WHOLE, "conv1") == "conv1_2"
    (fault,) = planted("softmax_twice")
    (again,) = planted("softmax_twice", fault.graph)
    assert len(again.graph.node) == len(WHOLE.node) + 2


def test_the_small_net_is_the_same_each_time() -> None:
    assert to_bytes(small_net()) == to_bytes(WHOLE)
    assert to_bytes(small_net(1)) != to_bytes(WHOLE)
