"""Converters by family; importing this package fills the registry."""

from harness.stacks.relax.frontend.ops import (
    activation,
    arithmetic,
    comparison,
    convolution,
    image,
    joining,
    normalization,
    padding,
    passing,
    pooling,
    product,
    reduction,
    shape,
    slicing,
    space,
)

__all__ = [
    "activation",
    "arithmetic",
    "comparison",
    "convolution",
    "image",
    "joining",
    "normalization",
    "padding",
    "passing",
    "pooling",
    "product",
    "reduction",
    "shape",
    "slicing",
    "space",
]
