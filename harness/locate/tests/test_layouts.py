"""How a kernel may hold a tensor."""

import numpy as np
import pytest

from harness.locate.layouts import KernelLayout, layouts


def test_a_tensor_of_another_size_is_held_in_no_way() -> None:
    assert list(layouts((1, 4), (1, 5))) == []


def test_the_graphs_own_order_comes_first() -> None:
    assert next(layouts((1, 8, 8, 16), (64, 16))) == KernelLayout((64, 16))


@pytest.mark.parametrize(
    ("shape", "axes", "block"),
    [((1, 16, 5, 7), (0, 3, 1, 2), 0), ((1, 2, 5, 7, 8), (0, 3, 1, 2), 8)],
)
def test_channels_first_and_blocks_of_channels_are_found(
    shape: tuple[int, ...], axes: tuple[int, ...], block: int
) -> None:
    assert KernelLayout(shape, axes, block) in list(layouts((1, 5, 7, 16), shape))


def test_blocks_hold_neighbouring_channels_innermost() -> None:
    values = np.arange(2 * 3 * 8).reshape(1, 2, 3, 8)
    held = KernelLayout((1, 2, 2, 3, 4), (0, 3, 1, 2), 4).apply(values)
    assert held[0, 1, 1, 2].tolist() == values[0, 1, 2, 4:].tolist()


def test_each_layout_gives_the_kernels_shape() -> None:
    values = np.zeros((1, 6, 6, 32))
    for shape in ((1, 32, 6, 6), (1, 4, 6, 6, 8), (36, 32)):
        assert all(one.apply(values).shape == shape for one in layouts(values.shape, shape))
