"""Matrix products, einsum and softmax of the TensorFlow frontend against TensorFlow."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_runs import (
    F32,
    MARKS,
    Net,
    agree,
    covers,
    reals,
    rngs,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

sizes = st.integers(1, 9)


@covers("MatMul", "BiasAdd", "BiasAddV1")
@examples(8)
@given(st.booleans(), st.booleans(), st.booleans(), rngs(), sizes, sizes, sizes)
def test_matrix_product(
    first: bool,
    second: bool,
    fed: bool,
    rng: np.random.Generator,
    rows: int,
    inner: int,
    columns: int,
) -> None:
    net = Net()
    a = reals(rng, (inner, rows) if first else (rows, inner))
    b = reals(rng, (columns, inner) if second else (inner, columns))
    inputs = net.feed(a), (net.feed if fed else net.const)(b)
    net.node("MatMul", *inputs, name="product", T=F32, transpose_a=first, transpose_b=second)
    bias = net.const(reals(rng, columns))
    net.node("BiasAdd", "product", bias, T=F32)
    net.node("BiasAddV1", "product", bias, name="first", T=F32)
    agree(net, ("product", "out", "first"), rtol=1e-5, atol=1e-5)


@covers("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")
@examples(6)
@given(st.booleans(), st.booleans(), st.integers(1, 2), rngs(), sizes, sizes)
def test_batches_of_matrices(
    first: bool, second: bool, batch: int, rng: np.random.Generator, rows: int, inner: int
) -> None:
    net = Net()
    a = reals(rng, (2, inner, rows) if first else (2, rows, inner))
    b = reals(rng, (3, batch, 4, inner) if second else (3, batch, inner, 4))
    x, y, z = net.feed(a), net.feed(b), net.feed(b[0, :1].repeat(2, 0))
    attrs = {"adj_x": first, "adj_y": second}
    net.node("BatchMatMulV2", x, y, name="v2", T=F32, **attrs)
    net.node("BatchMatMul", x, z, name="v1", T=F32, **attrs)
    net.node("BatchMatMulV3", x, z, name="v3", Ta=F32, Tb=F32, Tout=F32, **attrs)
    agree(net, ("v2", "v1", "v3"), rtol=1e-5, atol=1e-5)


@covers("Einsum")
def test_einsum() -> None:
    rng = np.random.default_rng(0)
    for equation, *shapes in (
        ("ab,bc->ac", (2, 3), (3, 4)),
        ("abc,cde->abde", (2, 3, 4), (4, 2, 3)),
        ("abcd,aecd->aceb", (2, 3, 4, 5), (2, 2, 4, 5)),
        ("ab->ba", (2, 3)),
    ):
        net = Net()
        inputs = [net.feed(reals(rng, shape)) for shape in shapes]
        net.node("Einsum", *inputs, T=F32, N=len(inputs), equation=equation)
        agree(net, rtol=1e-5, atol=1e-5)


@covers("Softmax", "LogSoftmax")
@examples(5)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=3), rngs())
def test_softmax(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    net = Net()
    x = net.feed(reals(rng, shape, -20, 20))
    net.node("Softmax", x, name="soft", T=F32)
    net.node("LogSoftmax", x, name="log", T=F32)
    agree(net, ("soft", "log"), rtol=2e-6, atol=1e-6)
