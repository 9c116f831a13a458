"""EfficientNet-Lite0 as a frozen GraphDef that takes an image file's bytes.

Architecture: EfficientNet-Lite, tensorflow/tpu, models/official/efficientnet/lite (MnasNet blocks
of Tan & Le, arXiv 1905.11946, without squeeze-and-excitation, swish replaced by ReLU6, stem and
head of fixed width). Its `efficientnet_lite_builder.py` gives the input scaling, (x - 127) / 128,
and the batch norm's epsilon, 1e-3. Weights: the state dict of `efficientnet-lite0-57934424.pth`,
which holds TensorFlow's own weights under the names of lukemelas/EfficientNet-PyTorch.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import AssetError
from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.graphdef.wire import GraphDef
from harness.inputs.zoo.decoding_nodes import add_decoding_nodes

VERSION = 1
"""Part of the file's name; raise it whenever the graph changes."""
SIZE = 224
"""Height and width of the resized image, in pixels."""
CLASSES = 1000
EPSILON = 1e-3
PRODUCER = 134  # GraphDef version of TensorFlow 1.15, the first that has every op used here
OUTPUT = "softmax"
ROOT = "efficientnet-lite0"

FLOAT = ("type", DT_FLOAT)
INT = ("type", DT_INT32)


class Stage(NamedTuple):
    """A sequence of blocks that are alike."""

    repeat: int
    """Number of blocks."""
    kernel: int
    """Height and width of the depthwise kernel."""
    stride: int
    """Of the first block; the others have 1."""
    expand: int
    """Channels inside a block per channel of its input."""
    out: int
    """Channels of each block's output."""


STEM, HEAD = 32, 1280
"""Channels after the first and after the last convolution."""
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Block(NamedTuple):
    """One inverted residual block (MBConv): expand, depthwise, project, add."""

    channels: int
    """Channels of its input."""
    kernel: int
    """Height and width of the depthwise kernel."""
    stride: int
    """Of the depthwise convolution."""
    expand: int
    """Channels inside the block per channel of its input."""
    out: int
    """Channels of its output."""

    @property
    def skip(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.stride == 1 and self.channels == self.out


class Layer(NamedTuple):
    """A convolution with its batch norm."""

    name: str
    """Prefix of its nodes."""
    weight: str
    """Prefix of the weight's key."""
    norm: str
    """Prefix of the batch norm's keys."""
    shape: tuple[int, int, int, int]
    """Of the weight: out, in, height, width; HWIO in the graph."""
    stride: int = 1
    """In both directions."""


def blocks() -> Iterator[Block]:
    """The 16 blocks in order."""
    channels = STEM
    for stage in STAGES:
        for index in range(stage.repeat):
            stride = stage.stride if index == 0 else 1
            yield Block(channels, stage.kernel, stride, stage.expand, stage.out)
            channels = stage.out


def build(state: Mapping[str, NDArray[Any]]) -> GraphDef:
    """A GraphDef from the state dict: `DecodeJpeg/contents` (string) → `softmax` [1, 1000] float32.

    The state dict's arrays are float32; convolutions OIHW, the dense layer [out, in]. Raises
    AssetError where one is missing, left over, or of another shape.
    """
    net = _Net(state)
    net.graph.versions.producer = PRODUCER
    stem = Layer("stem", "_conv_stem", "_bn0", (STEM, 3, 3, 3), 2)
    x = net.convolution(add_decoding_nodes(net.graph, SIZE), stem)
    for index, block in enumerate(blocks()):
        x = _block(net, index, block, x)
    head = Layer("head", "_conv_head", "_bn1", (HEAD, STAGES[-1].out, 1, 1))
    _classify(net, net.convolution(x, head))
    net.finish()
    return net.graph


class _Net:
    """The graph under construction, and the weights that no node uses yet."""

    def __init__(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.graph = GraphDef()
        self.unused = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}

    def weight(self, key: str, shape: tuple[int, ...]) -> NDArray[Any]:
        """Take a float32 weight; AssetError where it is missing or of another shape or type."""
        found = self.unused.pop(key, None)
        if found is None:
            raise AssetError(f"the weights lack '{key}'; this is no EfficientNet-Lite0")
        if found.shape != shape or found.dtype != np.float32:
            raise AssetError(
                f"weight '{key}': expected float32 {shape}; found {found.dtype} {found.shape}"
            )
        return found

    def finish(self) -> None:
        """Refuse weights that no node uses: they belong to another architecture."""
        if self.unused:
            names = ", ".join(sorted(self.unused)[:5])
            raise AssetError(f"{len(self.unused)} weights have no place in the graph: {names}")

    def const(self, name: str, array: NDArray[Any]) -> str:
        """Append a constant; returns its full name."""
        return add_const(self.graph, f"{ROOT}/{name}", array)

    def node(self, name: str, op: str, inputs: list[str], **attrs: Any) -> str:
        """Append a node; returns its full name."""
        return add_node(self.graph, f"{ROOT}/{name}", op, inputs, **attrs)

    def convolution(self, x: str, layer: Layer) -> str:
        """Conv2D, batch norm, ReLU6."""
        return self.relu6(layer.name, self.linear(x, layer))

    def linear(self, x: str, layer: Layer) -> str:
        """Conv2D and batch norm alone: a block's last step has no activation."""
        name, key, norm, shape, stride = layer
        weight = self.weight(f"{key}.weight", shape).transpose(2, 3, 1, 0)
        kernel = self.const(f"{name}/kernel", weight)
        x = self.node(f"{name}/Conv2D", "Conv2D", [x, kernel], **_window(stride))
        return self.batch_norm(name, x, norm, shape[0])

    def depthwise(self, name: str, x: str, prefix: str, block: Block) -> str:
        """DepthwiseConv2dNative (weights (C, 1, H, W) → (H, W, C, 1)), batch norm, ReLU6."""
        width = block.channels * block.expand
        shape = (width, 1, block.kernel, block.kernel)
        weight = self.weight(f"{prefix}._depthwise_conv.weight", shape).transpose(2, 3, 0, 1)
        kernel = self.const(f"{name}/kernel", weight)
        window = _window(block.stride)
        x = self.node(f"{name}/Conv2D", "DepthwiseConv2dNative", [x, kernel], **window)
        return self.relu6(name, self.batch_norm(name, x, f"{prefix}._bn1", width))

    def batch_norm(self, name: str, x: str, key: str, width: int) -> str:
        """FusedBatchNormV3 in inference, not folded, because folding is the compiler's task."""
        parts = {
            "gamma": "weight",
            "beta": "bias",
            "moving_mean": "running_mean",
            "moving_variance": "running_var",
        }
        inputs = [x]
        for ours, theirs in parts.items():
            array = self.weight(f"{key}.{theirs}", (width,))
            inputs.append(self.const(f"{name}/bn/{ours}", array))
        attrs = {"is_training": False, "epsilon": EPSILON, "data_format": "NHWC"}
        bn = f"{name}/bn/FusedBatchNormV3"
        return self.node(bn, "FusedBatchNormV3", inputs, T=FLOAT, U=FLOAT, **attrs)

    def relu6(self, name: str, x: str) -> str:
        """min(max(x, 0), 6)."""
        return self.node(f"{name}/Relu6", "Relu6", [x], T=FLOAT)


def _window(stride: int) -> dict[str, Any]:
    return {
        "T": FLOAT,
        "strides": [1, stride, stride, 1],
        "dilations": [1, 1, 1, 1],
        "padding": "SAME",
        "data_format": "NHWC",
    }


def _block(net: _Net, index: int, block: Block, x: str) -> str:
    name, key, given = f"blocks_{index}", f"_blocks.{index}", x
    width = block.channels * block.expand
    if block.expand != 1:
        shape = (width, block.channels, 1, 1)
        expand = Layer(f"{name}/expand", f"{key}._expand_conv", f"{key}._bn0", shape)
        x = net.convolution(x, expand)
    x = net.depthwise(f"{name}/depthwise", x, key, block)
    shape = (block.out, width, 1, 1)
    x = net.linear(x, Layer(f"{name}/project", f"{key}._project_conv", f"{key}._bn2", shape))
    return net.node(f"{name}/add", "AddV2", [x, given], T=FLOAT) if block.skip else x


def _classify(net: _Net, x: str) -> None:
    """Append global average, dense layer and softmax, ending in the node `OUTPUT`."""
    axes = net.const("head/pool/axes", np.array([1, 2], np.int32))
    x = net.node("head/pool/Mean", "Mean", [x, axes], T=FLOAT, Tidx=INT, keep_dims=False)
    kernel = net.const("head/dense/kernel", net.weight("_fc.weight", (CLASSES, HEAD)).T)
    flags = {"transpose_a": False, "transpose_b": False}
    x = net.node("head/dense/MatMul", "MatMul", [x, kernel], T=FLOAT, **flags)
    bias = net.const("head/dense/bias", net.weight("_fc.bias", (CLASSES,)))
    x = net.node("logits", "BiasAdd", [x, bias], T=FLOAT, data_format="NHWC")
    x = net.node("Softmax", "Softmax", [x], T=FLOAT)
    add_node(net.graph, OUTPUT, "Identity", [x], T=FLOAT)
