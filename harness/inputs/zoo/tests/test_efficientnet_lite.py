"""The converted graph: its weights, labels, ops, input and output."""

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.errors import AssetError
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input, find_output
from harness.inputs.packages import listed
from harness.inputs.zoo import decoding_nodes, efficientnet_lite, torch_pickle
from harness.inputs.zoo import models as zoo
from harness.inputs.zoo.tests.published_files import ASSETS, NAME, class_map, needs_assets
from harness.testing.tiny import constants


def weights(definition: Any) -> list[NDArray[Any]]:
    """Constants of more than two elements, in the graph's order, without the dense layer's."""
    found = (array for name, array in constants(definition) if "/dense/" not in name)
    return [array for array in found if array.size > 2]


def test_weights_are_the_packages(definition: Any) -> None:
    """Each array of the package is one constant, its axes in TensorFlow's order."""
    recipe = zoo.RECIPES[NAME]
    ((_, path),) = listed(recipe.package, recipe.file)
    state = torch_pickle.load(path.read_bytes())
    theirs = [array for key, array in state.items() if not key.endswith("num_batches_tracked")]
    expected = Counter(_in_tensorflow_order(array).tobytes() for array in theirs)
    ours = [array for _, array in constants(definition) if array.size > 2]
    assert Counter(array.tobytes() for array in ours) == expected
    assert len(theirs) > 200


def _in_tensorflow_order(array: NDArray[Any]) -> NDArray[Any]:
    """OIHW → HWIO, depthwise C1HW → HWC1, [out, in] → [in, out]."""
    if array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if array.shape[1] == 1 else array.transpose(2, 3, 1, 0)
    return array.T


def test_labels_are_in_the_order_of_the_classes(names: list[str]) -> None:
    """The digest of the names as `test_labels_are_the_stand_ins` finds them to be right."""
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    assert digest[:16] == "a40d9be82eb4738b"


@needs_assets
def test_weights_are_the_stand_ins_bit_by_bit(definition: Any, standin: Any) -> None:
    ours, theirs = weights(definition), weights(standin)
    assert len(ours) == len(theirs) > 200
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@needs_assets
def test_labels_are_the_stand_ins(definition: Any, standin: Any, names: list[str]) -> None:
    """Every class with the same weights has the same English name: the label order is right."""
    seed = ASSETS / "seed"
    node_map = (seed / "imagenet_2012_challenge_label_map_proto.pbtxt").read_text("utf-8")
    lines = [line.split(": ")[1].strip('"') for line in node_map.splitlines() if ": " in line]
    english = (seed / "imagenet_synset_to_human_label_map.txt").read_text("utf-8")
    human = dict(line.split("\t", 1) for line in english.splitlines() if "\t" in line)
    node_names = {int(node): human[synset] for node, synset in zip(*[iter(lines)] * 2, strict=True)}
    mapped = class_map(definition, standin)
    assert len(set(mapped)) == efficientnet_lite.CLASSES
    assert [node_names[j] for j in mapped] == names


def test_input_and_output_are_found_without_their_names(definition: Any) -> None:
    found = find_input(definition)
    assert found == find_input(definition, decoding_nodes.INPUT)
    assert (found.feed, found.pixels, found.kind) == (
        "DecodeJpeg/contents",
        "DecodeJpeg",
        "encoded",
    )
    assert (found.dtype, found.channels, found.dct_method) == ("uint8", 3, "")
    assert find_output(definition) == "softmax:0"
    made = cut(definition, found, "softmax:0", (224, 224, 3))
    assert find_input(made).shape == (224, 224, 3)
    assert len(made.node) == len(definition.node) - 1


def test_graph_has_the_ops_of_the_architecture(definition: Any) -> None:
    ops = [node.op for node in definition.node]
    expected = {
        "Conv2D": 33,
        "DepthwiseConv2dNative": 16,
        "FusedBatchNormV3": 49,
        "Relu6": 33,
        "AddV2": 9,
        "ResizeBilinear": 1,
        "MatMul": 1,
    }
    assert {op: ops.count(op) for op in expected} == expected
    assert all(
        node.name.startswith("efficientnet-lite0/")
        for node in definition.node
        if node.op in ("Conv2D", "FusedBatchNormV3", "MatMul", "Relu6")
    )
    norm = next(node for node in definition.node if node.op == "FusedBatchNormV3")
    assert norm.attr["epsilon"].f == pytest.approx(1e-3)
    assert {key for key in norm.attr if len(key) == 1} == {"T", "U"}


def test_a_changed_graph_needs_a_new_version(definition: Any) -> None:
    """If this fails, raise efficientnet_lite.VERSION and then write the new digest here.

    Otherwise files that were made before the change go on being used. The digest does not
    depend on the order in which protobuf writes the fields of a message.
    """
    digest = hashlib.sha256()
    for node in definition.node:
        digest.update(repr((node.name, node.op, list(node.input))).encode())
        for key in sorted(set(node.attr) - {"value"}):
            digest.update(key.encode() + node.attr[key].SerializeToString(deterministic=True))
    for name, array in constants(definition):
        digest.update(name.encode() + array.tobytes())
    assert (efficientnet_lite.VERSION, digest.hexdigest()[:16]) == (1, "68422ecf1a62b9be")


def test_weights_that_do_not_fit_are_refused() -> None:
    recipe = zoo.RECIPES[NAME]
    ((_, path),) = listed(recipe.package, recipe.file)
    state = torch_pickle.load(path.read_bytes())
    with pytest.raises(AssetError, match=r"lack '_fc\.bias'"):
        efficientnet_lite.build({k: v for k, v in state.items() if k != "_fc.bias"})
    with pytest.raises(AssetError, match="1 weights have no place in the graph: extra"):
        efficientnet_lite.build(state | {"extra": np.zeros(1, np.float32)})
    with pytest.raises(AssetError, match=r"'_fc.bias': expected float32 \(1000,\); found float32"):
        efficientnet_lite.build(state | {"_fc.bias": np.zeros(1001, np.float32)})
