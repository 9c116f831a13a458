"""Activations, each by TensorFlow's formula."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts

SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = 1.7580993408473768599402175208123


@converts("Relu")
def _relu(node: Node) -> Any:
    return relax.op.nn.relu(node.tensor(0))


@converts("Relu6")
def _relu6(node: Node) -> Any:
    return relax.op.clip(node.tensor(0), 0, 6)


@converts("LeakyRelu")
def _leaky_relu(node: Node) -> Any:
    return relax.op.nn.leakyrelu(node.tensor(0), node.attributes.number("alpha", 0.2))


def _exponential_below_zero(node: Node, scale: float, scale_alpha: float) -> Any:
    """scale · x, and scale_alpha · (exp(x) − 1) below zero."""
    x = node.tensor(0)
    exponential = node.bind("exp", relax.op.exp(x))
    negative = node.bind("minus_one", relax.op.subtract(exponential, node.scalar_like(0, 1)))
    positive = x
    if scale != 1:
        negative = node.bind(
            "negative", relax.op.multiply(negative, node.scalar_like(0, scale_alpha))
        )
        positive = node.bind("positive", relax.op.multiply(x, node.scalar_like(0, scale)))
    below = node.bind("below", relax.op.less(x, node.scalar_like(0, 0)))
    return relax.op.where(below, negative, positive)


@converts("Elu")
def _elu(node: Node) -> Any:
    return _exponential_below_zero(node, 1, 1)


@converts("Selu")
def _selu(node: Node) -> Any:
    return _exponential_below_zero(node, SELU_SCALE, SELU_SCALE_ALPHA)


@converts("Softplus")
def _softplus(node: Node) -> Any:
    """log(1 + exp(x)), written so that exp can't overflow."""
    x = node.tensor(0)
    magnitude = node.bind("abs", relax.op.abs(x))
    small = node.bind("exp", relax.op.exp(node.bind("minus", relax.op.negative(magnitude))))
    correction = node.bind(
        "log", relax.op.log(node.bind("plus", relax.op.add(small, node.scalar_like(0, 1))))
    )
    return relax.op.add(node.bind("relu", relax.op.nn.relu(x)), correction)


@converts("Softsign")
def _softsign(node: Node) -> Any:
    x = node.tensor(0)
    magnitude = node.bind("abs", relax.op.abs(x))
    return relax.op.divide(x, node.bind("plus", relax.op.add(magnitude, node.scalar_like(0, 1))))


@converts("Sigmoid")
def _sigmoid(node: Node) -> Any:
    return relax.op.sigmoid(node.tensor(0))


@converts("Tanh")
def _tanh(node: Node) -> Any:
    return relax.op.tanh(node.tensor(0))


@converts("Softmax")
def _softmax(node: Node) -> Any:
    return relax.op.nn.softmax(node.tensor(0), -1)


@converts("LogSoftmax")
def _log_softmax(node: Node) -> Any:
    return relax.op.nn.log_softmax(node.tensor(0), -1)
