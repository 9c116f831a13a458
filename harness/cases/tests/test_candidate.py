"""The ids of candidates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.candidate import Candidate


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "relay-llvm"),
        ({"layout": "NCHW"}, "relay-llvm-nchw"),
        ({"target": "host", "opt_level": 0}, "relay-host-o0"),
        ({"target": "llvm -mcpu=core-avx2", "layout": "NHWC"}, "relay-llvm-core-avx2-nhwc"),
        ({"pass_config": {"tir.b": True, "relay.a": 1}}, "relay-llvm-a=1-b=True"),
        ({"pass_config": {"tir.b": "x y]/.."}}, "relay-llvm-b=x-y-.."),
        ({"name": "mine", "target": "host"}, "mine"),
    ],
)
def test_candidate_ids(keys: dict[str, Any], expected: str) -> None:
    assert Candidate(**keys).id == expected


@given(
    st.text(min_size=1, max_size=40).filter(str.strip), st.text(max_size=40), st.text(max_size=20)
)
def test_ids_hold_no_brackets_spaces_or_slashes(target: str, stack: str, value: str) -> None:
    found = Candidate(stack=stack, target=target, pass_config={"tir.x": value}).id
    assert (
        not set(found)
        - set("-._+=")
        - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    )
