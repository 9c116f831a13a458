"""Where an image enters a file that declares its tensors, and where its scores leave it."""

import pytest

from harness.errors import GraphError
from harness.graphdef.access import Shape
from harness.graphdef.declared_tensors import DeclaredTensor, declared_input, declared_output


def _tensor(shape: Shape, dtype: str = "float32", name: str = "x") -> DeclaredTensor:
    return DeclaredTensor(name, dtype, shape)


@pytest.mark.parametrize(
    ("shape", "dtype", "size", "channels_first"),
    [
        ((1, 224, 224, 3), "float32", (224, 224), False),
        ((None, 3, 32, 48), "float32", (32, 48), True),
        ((1, 1, None, None), "float16", None, True),
        ((10, 12, 3), "uint8", (10, 12), False),
        ((None, None, None, 3), "uint8", None, False),
    ],
)
def test_the_only_input_takes_the_image(
    shape: Shape, dtype: str, size: tuple[int, int] | None, channels_first: bool
) -> None:
    found = declared_input([_tensor(shape, dtype)], None)
    assert (found.feed, found.pixels, found.kind, found.dtype) == ("x", "x", "pixels", dtype)
    assert (found.size, found.channels_first) == (size, channels_first)
    assert found.channels in (1, 3)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((1, 10), "float32"),
        ((1, 8, 8, 7), "float32"),
        ((1, 8, 8, 3), "int64"),
        ((1, 8, 8, 3), "unknown"),
        ((4, 8, 8, 3), "float32"),
        ((1, 0, 8, 3), "float32"),
        ((1, 1 << 20, 1 << 20, 3), "float32"),
        ((1, 8, 8, None), "float32"),
    ],
)
def test_what_takes_no_image_is_named(shape: Shape, dtype: str) -> None:
    with pytest.raises(GraphError, match=r"input 'x' takes no image: type \w+, shape \("):
        declared_input([_tensor(shape, dtype)], None)


def test_a_second_input_is_refused_and_all_are_listed() -> None:
    inputs = [_tensor((1, 8, 8, 3), name=name) for name in ("image", "mask")]
    with pytest.raises(GraphError, match="has 2 inputs: image, mask; expected the image alone"):
        declared_input(inputs, "image")
    with pytest.raises(GraphError, match="has 0 inputs: none"):
        declared_input([], None)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(GraphError, match="no input 'imgae'; nearest: image"):
        declared_input([_tensor((1, 8, 8, 3), name="image")], "imgae")
    with pytest.raises(GraphError, match="no output 'softmx'; nearest: softmax"):
        declared_output([_tensor((1, 10), name="softmax")], "softmx")


def test_of_several_outputs_one_has_to_be_named() -> None:
    outputs = [_tensor((1, 10), name="logits"), _tensor((1, 10), name="softmax")]
    assert declared_output(outputs, "logits").name == "logits"
    with pytest.raises(GraphError, match="2 outputs: logits, softmax; name one with --output"):
        declared_output(outputs, None)
