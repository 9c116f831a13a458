"""What a row keeps of its scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.errors import ReportError
from harness.results.capture import DTYPES, decoded, encoded


@given(hnp.arrays(st.sampled_from(DTYPES), st.integers(1, 20)))
def test_every_bit_comes_back(scores: np.ndarray) -> None:
    found = decoded(encoded(scores))
    assert found.dtype == scores.dtype
    assert found.tobytes() == scores.tobytes()


def test_bytes_do_not_depend_on_the_machine_s_order() -> None:
    swapped = np.array([1.0, 0.5], ">f4")
    assert encoded(swapped) == encoded(np.array([1.0, 0.5], np.float32))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "of type ''"),
        ("object:AAAA", "of type 'object'"),
        ("float32:AAA", "no base64 of float32"),
        ("float32:AAAA", "no base64 of float32"),
        ("float32:****", "no base64 of float32"),
    ],
)
def test_anything_else_is_refused(text: str, says: str) -> None:
    with pytest.raises(ReportError, match=says):
        decoded(text)
