"""The logistic function in operations that LLVM vectorises.

LLVM has no vector form of `exp`: it calls libm for each lane, which was two thirds of
EfficientNet's time. Here `exp` is the polynomial of the Cephes library (S. L. Moshier,
expf.c), which stays within 2 units in the last place; NaN stays NaN.
"""

from collections.abc import Callable
from typing import Any

from tvm import te, tirx

_LOWEST, _HIGHEST = -30.0, 87.0
"""Arguments of exp beyond which the result does not change: 1 + exp(−30) is 1, 1 / (1 + exp(88))
a denormal number, which becomes 0 as in TensorFlow. CPUs take ten times as long for denormals."""
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


def _float32(value: float) -> Any:
    return tirx.const(value, "float32")


def _clamped(x: Any) -> Any:
    """Between `_LOWEST` and `_HIGHEST`; NaN fails both comparisons."""
    above = tirx.Select(x < _float32(_LOWEST), _float32(_LOWEST), x)
    return tirx.Select(x > _float32(_HIGHEST), _float32(_HIGHEST), above)


def _power_of_two(whole: Any) -> Any:
    """2 to the power of a whole float32 between −126 and 127."""
    bits = (tirx.Cast("int32", whole) + _EXPONENT_BIAS) << _MANTISSA_BITS
    return tirx.reinterpret("float32", bits)


def _let(name: str, value: Any, use: Callable[[Any], Any]) -> Any:
    """`use(value)`, with the value computed once and bound to a variable."""
    variable = tirx.Var(name, "float32")
    return tirx.Let(variable, value, use(variable))


def _exp(x: Any) -> Any:
    """exp of a scalar expression between `_LOWEST` and `_HIGHEST`, or of NaN."""

    def scaled(whole: Any) -> Any:
        rest = x - whole * _float32(_LN_2[0]) - whole * _float32(_LN_2[1])
        return _let("rest", rest, lambda r: _polynomial(r) * _power_of_two(whole))

    return _let("whole", tirx.floor(x * _float32(_LOG2_E) + _float32(0.5)), scaled)


def _polynomial(rest: Any) -> Any:
    total = _float32(_POLYNOMIAL[0])
    for factor in _POLYNOMIAL[1:]:
        total = total * rest + _float32(factor)
    return total * rest * rest + rest + _float32(1.0)


def _logistic(x: Any) -> Any:
    """1 / (1 + exp(−x)) of a scalar expression."""
    one = _float32(1.0)
    ratio = _let("argument", _clamped(_float32(0.0) - x), lambda a: one / (one + _exp(a)))
    positive = tirx.Select(x < _float32(-_HIGHEST), _float32(0.0), ratio)
    return tirx.Select(tirx.NE(x, x), x, positive)


def _kernel(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A kernel that applies a function to every element of a float32 tensor."""

    def kernel(tensor: Any) -> Any:
        return te.compute(tensor.shape, lambda *at: _let("x", tensor[at], function), name=name)

    return kernel


sigmoid = _kernel("sigmoid", _logistic)
"""Kernel of a float32 tensor: 1 / (1 + exp(−x))."""
silu = _kernel("silu", lambda x: x * _logistic(x))
"""Kernel of a float32 tensor: x / (1 + exp(−x))."""
