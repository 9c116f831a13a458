"""ONNX files: what they declare, what is refused of them, their float64 truth and their noise."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.graphdef.random_rounding import SAMPLES
from harness.stacks import onnx_file
from harness.stacks.onnx_reference import open_float64, open_onnx
from harness.stacks.onnx_rounding import FACTOR, open_rounded, with_random_rounding
from harness.stacks.onnx_runtime import open_session
from harness.stacks.protocol import Program

RNG = np.random.default_rng(0)
KERNEL = RNG.normal(size=(4, 3, 3, 3)).astype(np.float32)
DENSE = RNG.normal(size=(4, 5)).astype(np.float32)
IMAGE = RNG.normal(size=(1, 3, 8, 8)).astype(np.float32)


@pytest.fixture(autouse=True)
def onnx_here() -> None:
    """Skips where the package onnx is not installed."""
    pytest.importorskip("onnx")


def _net(*extra: str) -> Any:
    """Conv → mean → matrix product → the extra operations → softmax; two outputs."""
    from onnx import TensorProto, helper, numpy_helper

    weights = [
        numpy_helper.from_array(array, name)
        for name, array in (("kernel", KERNEL), ("dense", DENSE))
    ]
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["conv"]),
        helper.make_node("GlobalAveragePool", ["conv"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "dense"], ["logits"]),
    ]
    last = "logits"
    for op in extra:
        to = {"to": TensorProto.FLOAT} if op == "Cast" else {}
        nodes.append(helper.make_node(op, [last], [op], **to))
        last = op
    nodes.append(helper.make_node("Softmax", [last], ["scores"]))
    kind = TensorProto.FLOAT
    image = helper.make_tensor_value_info("image", kind, ["batch", 3, 8, 8])
    outputs = [helper.make_tensor_value_info(name, kind, [1, 5]) for name in ("scores", "logits")]
    graph = helper.make_graph(nodes, "net", [image], outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def _saved(model: Any, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def _opened(opener: Any, folder: Path) -> Program:
    found: Program = opener({"artefacts": str(folder), "target": "", "input": "image"})
    return found


def _by_hand(dtype: type[np.floating[Any]]) -> NDArray[Any]:
    image, kernel, dense = (one.astype(dtype) for one in (IMAGE, KERNEL, DENSE))
    windows = np.lib.stride_tricks.sliding_window_view(image[0], (3, 3), axis=(1, 2))
    conv = np.einsum("cyxij,ocij->oyx", windows, kernel)
    logits = conv.mean(axis=(1, 2)) @ dense
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def test_what_a_file_declares(tmp_path: Path) -> None:
    found, _ = onnx_file.facts({"path": str(_saved(_net(), tmp_path))}, {})
    assert found["inputs"] == [{"name": "image", "dtype": "float32", "shape": [None, 3, 8, 8]}]
    assert [one["name"] for one in found["outputs"]] == ["scores", "logits"]


def test_weights_in_another_file_are_refused_wherever_they_are_named(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    outside = TensorProto(name="secret", data_type=TensorProto.FLOAT, dims=[4])
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../../etc/passwd")
    model = _net()
    branch = helper.make_graph([], "branch", [], [], [outside])
    model.graph.node.add(op_type="If", input=["x"]).attribute.append(
        helper.make_attribute("then_branch", branch)
    )
    with pytest.raises(ValueError, match="tensor 'secret' lies in another file"):
        onnx_file.facts({"path": str(_saved(model, tmp_path))}, {})


@pytest.mark.parametrize("data", [b"\xff" * 100, b"", b"\x08\x07"])
def test_other_files_are_no_onnx_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(data)
    with pytest.raises(ValueError, match="no ONNX file"):
        onnx_file.facts({"path": str(tmp_path / "model.onnx")}, {})


def test_truth_is_computed_in_float64_where_the_file_says_float32(tmp_path: Path) -> None:
    _saved(_net("Cast"), tmp_path)
    truth = _opened(open_float64, tmp_path).run({"image": IMAGE}, ["scores"])["scores"]
    assert truth.dtype == np.float64
    expected = _by_hand(np.float64)
    assert np.abs(truth[0] - expected).max() < 1e-14
    plain = _opened(open_onnx, tmp_path).run({"image": IMAGE}, ["scores", "logits"])["scores"]
    assert 1e-14 < np.abs(plain[0] - expected).max() < 1e-6


def test_what_has_no_float64_form_gives_no_truth(tmp_path: Path) -> None:
    from onnx import helper

    model = _net()
    model.graph.node.append(helper.make_node("GridSample", ["conv", "grid"], ["sampled"]))
    _saved(model, tmp_path)
    with pytest.raises(ValueError, match="operation GridSample has no float64 form"):
        _opened(open_float64, tmp_path)
    model = _net()
    model.graph.node.insert(0, helper.make_node("Constant", [], ["half"], value_float=0.5))
    _saved(model, tmp_path)
    with pytest.raises(ValueError, match="tensor 'half' is computed in float32"):
        _opened(open_float64, tmp_path).run({"image": IMAGE}, ["scores"])


def test_every_sum_rounds_at_random_as_far_as_a_chain_of_its_terms_may(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model = _net()
    assert with_random_rounding(model) == 3
    _saved(_net(), tmp_path)
    rounded, plain = (_opened(one, tmp_path) for one in (open_rounded, open_session))
    exact = plain.run({"image": IMAGE}, ["logits", "scores"])
    samples = [
        rounded.run({"image": IMAGE, FACTOR: np.array(factor, np.float32)}, ["logits", "scores"])
        for factor in SAMPLES
    ]
    errors = [sample["logits"] - exact["logits"] for sample in samples]
    assert len({error.tobytes() for error in errors}) == len(SAMPLES)
    terms = 3 * 3 * 3 + 6 * 6 + 4
    size = 2.0**-24 * math.sqrt(terms) * float(np.sqrt(np.mean(exact["logits"] ** 2)))
    largest = max(float(np.abs(error).max()) for error in errors)
    assert 0.3 * size < largest < 10 * size
    assert np.abs(samples[0]["scores"] - exact["scores"]).max() < 1e-5


@pytest.mark.parametrize("opset", [9, 13, 21])
@pytest.mark.parametrize("terms", [16, 1024])
def test_errors_have_the_size_of_a_chain_of_that_many_terms(
    tmp_path: Path, opset: int, terms: int
) -> None:
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(1).normal(size=(terms, 64)).astype(np.float32)
    x = RNG.normal(size=(1, terms)).astype(np.float32)
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in (("x", terms), ("y", 64))
    ]
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    initial = [numpy_helper.from_array(weights, "w")]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], initial)
    _saved(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7),
        tmp_path,
    )
    rounded, plain = (_opened(one, tmp_path) for one in (open_rounded, open_session))
    exact = plain.run({"x": x}, ["y"])["y"]
    size = 2.0**-24 * math.sqrt(terms) * float(np.sqrt(np.mean(exact**2)))
    for factor in SAMPLES:
        error = rounded.run({"x": x, FACTOR: np.array(factor, np.float32)}, ["y"])["y"] - exact
        assert 0.6 * size < float(np.sqrt(np.mean(error**2))) < 1.7 * size
