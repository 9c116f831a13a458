"""Strategies of score vectors."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

FINITE = st.floats(-1e6, 1e6, width=32)
TOLERANCE = st.one_of(st.just(0.0), st.floats(1e-9, 10.0))


def vectors(elements: Any = FINITE, dtype: type = np.float32) -> Any:
    """Two vectors of the same length."""
    return st.integers(1, 30).flatmap(
        lambda n: st.tuples(*[hnp.arrays(dtype, n, elements=elements)] * 2)
    )


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities `[N]` of logits `[N]`."""
    powers = np.exp(np.asarray(logits, np.float64) - np.max(logits))
    return np.asarray(powers / powers.sum(), np.float32)
