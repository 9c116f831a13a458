"""TensorProto ↔ numpy, against what tensor.proto says and what TensorFlow itself makes of it."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.errors import GraphError
from harness.graphdef.tensors import (
    DT_BOOL,
    DT_DOUBLE,
    DT_FLOAT,
    DT_HALF,
    DT_INT8,
    DT_INT32,
    DT_INT64,
    DT_STRING,
    DT_UINT8,
    DTYPES,
    MAX_ELEMENTS,
    decode,
    encode,
    widened,
)
from harness.graphdef.wire import TensorProto

ARRAYS = st.sampled_from(list(DTYPES.values())).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, min_side=0, max_dims=4, max_side=4)
    )
)


def proto(dtype: Any, shape: Any, **fields: Any) -> Any:
    tensor = TensorProto(dtype=dtype, **fields)
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


TYPED = {
    "the last value fills the rest": proto(DT_FLOAT, (2, 2), float_val=[1.0, 2.5]),
    "one value fills all": proto(DT_DOUBLE, (3,), double_val=[0.1]),
    "as many values as elements": proto(DT_INT64, (2,), int64_val=[-(1 << 62), 7]),
    "small integers in int_val": proto(DT_INT8, (3,), int_val=[-128, 127]),
    "bytes in int_val": proto(DT_UINT8, (2,), int_val=[255, 0]),
    "bool": proto(DT_BOOL, (3,), bool_val=[False, True]),
    "half as bits": proto(DT_HALF, (3,), half_val=[0x3C00, 0xC000]),
    "half NaN": proto(DT_HALF, (1,), half_val=[0x7E00]),
    "scalar": proto(DT_FLOAT, (), float_val=[3.0]),
    "nothing to hold": proto(DT_FLOAT, (0, 3)),
    "raw content": proto(DT_HALF, (2,), tensor_content=b"\x00\x3c\x00\xc0"),
    "raw bool": proto(DT_BOOL, (2,), tensor_content=b"\x01\x00"),
}


@given(ARRAYS)
def test_what_is_encoded_is_decoded(array: Any) -> None:
    found = decode(TensorProto.FromString(encode(array).SerializeToString()))
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()


def test_views_are_encoded_in_their_own_order() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T[::-1]
    assert np.array_equal(decode(encode(array)), array)


def test_what_is_decoded_may_be_written_to() -> None:
    array = decode(encode(np.zeros(2, np.float32)))
    array[0] = 1
    assert array.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("the last value fills the rest", [[1.0, 2.5], [2.5, 2.5]]),
        ("one value fills all", [0.1] * 3),
        ("as many values as elements", [-(1 << 62), 7]),
        ("small integers in int_val", [-128, 127, 127]),
        ("bool", [False, True, True]),
        ("half as bits", [1.0, -2.0, -2.0]),
        ("scalar", 3.0),
        ("nothing to hold", []),
        ("raw content", [1.0, -2.0]),
    ],
)
def test_typed_fields(name: str, expected: Any) -> None:
    assert decode(TYPED[name]).tolist() == expected


def test_no_value_at_all_is_zero_as_in_tensorflow_s_runtime() -> None:
    assert decode(proto(DT_FLOAT, (2,))).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (proto(DT_FLOAT, (2,), tensor_content=b"123"), "needs 8 bytes; found 3"),
        (proto(DT_FLOAT, (0,), tensor_content=b"1234"), "needs 0 bytes; found 4"),
        (proto(DT_FLOAT, (1,), float_val=[1.0, 2.0]), "holds 2 values"),
        (proto(DT_FLOAT, (-1,), float_val=[1.0]), "can't be held"),
        (proto(DT_FLOAT, (MAX_ELEMENTS, 2), float_val=[1.0]), "can't be held"),
        (proto(DT_FLOAT, (1 << 62, 1 << 62, 0)), "can't be held"),
        (proto(DT_FLOAT, (1,) * 70, float_val=[1.0]), "can't be held"),
        (proto(DT_STRING, ()), "TensorFlow's type 7; read are float32"),
        (proto(0, ()), "TensorFlow's type 0"),
        (proto(-3, ()), "TensorFlow's type -3"),
        (proto(DT_UINT8, (), int_val=[256]), "beyond it"),
        (proto(DT_INT8, (), int_val=[-129]), "beyond it"),
        (proto(DT_HALF, (), half_val=[1 << 17]), "beyond it"),
    ],
)
def test_a_contradiction_is_a_graph_error(tensor: Any, words: Any) -> None:
    with pytest.raises(GraphError, match=words):
        decode(tensor)


def test_an_unknown_rank_is_a_graph_error() -> None:
    tensor = proto(DT_FLOAT, (), float_val=[1.0])
    tensor.tensor_shape.unknown_rank = True
    with pytest.raises(GraphError, match="shape unknown"):
        decode(tensor)


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_a_graph_error(data: Any) -> None:
    try:
        tensor = TensorProto.FromString(data)
    except Exception:  # noqa: BLE001  no TensorProto, whatever protobuf says
        return
    del tensor.tensor_shape.dim[2:]  # a huge shape of one repeated value is valid
    for dim in tensor.tensor_shape.dim:
        dim.size = min(dim.size, 100)
    with contextlib.suppress(GraphError):
        decode(tensor)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j]), np.array([1], ">f4")])
def test_what_has_no_form_is_refused(array: Any) -> None:
    with pytest.raises(GraphError, match="no TensorProto form"):
        encode(array)


@pytest.mark.tensorflow
def test_tensorflow_reads_the_same(tensorflow_here: None, tmp_path: Path) -> None:
    written = {
        f"{dtype} {shape}": encode(np.ones(shape, dtype))
        for dtype in DTYPES.values()
        for shape in [(), (2, 3)]
    }
    protos = TYPED | written
    for index, tensor in enumerate(protos.values()):
        (tmp_path / f"{index}.pb").write_bytes(tensor.SerializeToString())
    program = """
import json, sys, pathlib
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.python.framework.tensor_util import MakeNdarray
for index in range(int(sys.argv[2])):
    data = (pathlib.Path(sys.argv[1]) / f"{index}.pb").read_bytes()
    array = MakeNdarray(TensorProto.FromString(data))
    print(json.dumps([str(array.dtype), list(array.shape), array.tobytes().hex()]))
"""
    command = [sys.executable, "-c", program, str(tmp_path), str(len(protos))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for (name, tensor), answer in zip(protos.items(), answers, strict=True):
        ours = decode(tensor)
        assert [str(ours.dtype), list(ours.shape), ours.tobytes().hex()] == answer, name


def test_one_value_that_fills_a_shape_is_widened_as_one_value() -> None:
    tensor = TensorProto(dtype=DT_FLOAT, float_val=[0.1])
    tensor.tensor_shape.dim.add(size=1 << 29)
    wide = widened(tensor)
    assert wide.ByteSize() < 100
    wide.tensor_shape.dim[0].size = 3
    np.testing.assert_array_equal(decode(wide), np.full(3, np.float64(np.float32(0.1))))


def test_a_float32_constant_of_another_type_is_refused() -> None:
    with pytest.raises(
        GraphError, match="a float32 constant holds a tensor of TensorFlow's type 3"
    ):
        widened(TensorProto(dtype=DT_INT32, int_val=[1]))
