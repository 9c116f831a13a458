"""The logistic function in arithmetic that a CPU does on whole vectors.

LLVM has no vector form of `exp`: it takes the lanes apart and calls libm for each, which was two
thirds of EfficientNet's time. Here `exp` is the polynomial of the Cephes library (S. L. Moshier,
expf.c), which stays within 2 units in the last place; NaN stays NaN.
"""

from collections.abc import Callable
from typing import Any

from tvm import te, tirx

_LOWEST, _HIGHEST = -30.0, 87.0
"""Arguments of exp beyond which the result stands still: 1 + exp(−30) is 1, and 1 / (1 + exp(88)) a
denormal number, which is 0 here as in TensorFlow. On denormals a CPU takes ten times as long."""
_LOG2_E = 1.44269504088896341
_LN_2 = (0.693359375, -2.12194440e-4)
"""ln 2 in two parts, so that a multiple of the first is exact."""
_POLYNOMIAL = (
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
)
_EXPONENT_BIAS, _MANTISSA_BITS = 127, 23


def _real(value: float) -> Any:
    return tirx.const(value, "float32")


def _clamped(x: Any) -> Any:
    """Between `_LOWEST` and `_HIGHEST`; NaN fails both comparisons."""
    above = tirx.Select(x < _real(_LOWEST), _real(_LOWEST), x)
    return tirx.Select(x > _real(_HIGHEST), _real(_HIGHEST), above)


def _power_of_two(whole: Any) -> Any:
    """2 to the power of a whole float32 between −126 and 127."""
    bits = (tirx.Cast("int32", whole) + _EXPONENT_BIAS) << _MANTISSA_BITS
    return tirx.reinterpret("float32", bits)


def _named(name: str, value: Any, use: Callable[[Any], Any]) -> Any:
    """`use` of a value that is computed once."""
    held = tirx.Var(name, "float32")
    return tirx.Let(held, value, use(held))


def _exp(x: Any) -> Any:
    """exp of a scalar expression between `_LOWEST` and `_HIGHEST`, or of NaN."""

    def scaled(whole: Any) -> Any:
        rest = x - whole * _real(_LN_2[0]) - whole * _real(_LN_2[1])
        return _named("rest", rest, lambda r: _polynomial(r) * _power_of_two(whole))

    return _named("whole", tirx.floor(x * _real(_LOG2_E) + _real(0.5)), scaled)


def _polynomial(rest: Any) -> Any:
    total = _real(_POLYNOMIAL[0])
    for factor in _POLYNOMIAL[1:]:
        total = total * rest + _real(factor)
    return total * rest * rest + rest + _real(1.0)


def _share(x: Any) -> Any:
    """1 / (1 + exp(−x)) of a scalar expression."""
    one = _real(1.0)
    ratio = _named("argument", _clamped(_real(0.0) - x), lambda a: one / (one + _exp(a)))
    positive = tirx.Select(x < _real(-_HIGHEST), _real(0.0), ratio)
    return tirx.Select(tirx.NE(x, x), x, positive)


def _kernel(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A kernel that applies a function to every element of a float32 tensor."""

    def kernel(tensor: Any) -> Any:
        return te.compute(tensor.shape, lambda *at: _named("x", tensor[at], function), name=name)

    return kernel


sigmoid = _kernel("sigmoid", _share)
"""Kernel of a float32 tensor: 1 / (1 + exp(−x))."""
silu = _kernel("silu", lambda x: x * _share(x))
"""Kernel of a float32 tensor: x / (1 + exp(−x))."""
