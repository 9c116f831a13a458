"""A candidate as one word on the command line."""

import contextlib
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.asset_sections import Asset
from harness.cases.candidate import Candidate
from harness.cases.candidate_words import parse
from harness.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relay", {}),
        ("relay-llvm", {}),
        ("relay-llvm-nchw", {"layout": "NCHW"}),
        ("relay-NHWC", {"layout": "NHWC"}),
        ("relay-host-nchw-o2", {"target": "host", "layout": "NCHW", "opt_level": 2}),
        ("relay-o0-host", {"target": "host", "opt_level": 0}),
        ("relay-two-words", {"target": "two-words"}),
        ("relay,target=host", {"target": "host"}),
        ("stack=relay", {}),
        (" stack = relay , opt_level = 1 ", {"opt_level": 1}),
        (
            "target=llvm -mcpu=core-avx2,layout=NCHW",
            {"target": "llvm -mcpu=core-avx2", "layout": "NCHW"},
        ),
        (
            "target=llvm -mattr=+avx2,+fma,opt_level=0",
            {"target": "llvm -mattr=+avx2,+fma", "opt_level": 0},
        ),
        ("relay,name=mine", {"name": "mine"}),
    ],
)
def test_words_and_pairs(text: str, expected: dict[str, Any]) -> None:
    assert parse(text) == Candidate(**expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with no known stack"),
        ("rely-llvm", "nearest: relay"),
        ("relayllvm", "begins with no known stack"),
        ("tensorflower-llvm", "begins with no known stack"),
        ("relay-o7", "opt_level: expected a number of at most 4; found 7"),
        ("relay-nchw-nhwc", "gives layout twice"),
        ("relay-o0-o1", "gives opt_level twice"),
        ("target=llvm,target=host", "gives target twice"),
        ("relay,stack=relax", "gives stack twice"),
        ("relay,layot=NCHW", "unknown key 'layot'; nearest: layout"),
        ("relay,layout=nchw", "layout: expected 'NCHW' or 'NHWC'; found 'nchw'"),
        ("relay,opt_level=high", "opt_level: expected an integer; found 'high'"),
        ("relay,=x", "unknown key ''"),
        ("relay,name=a b", "name: expected text that matches"),
        ("relay,pass_config=x", "unknown key 'pass_config'"),
    ],
)
def test_a_refusal_names_the_text_and_the_accepted_forms(text: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert words in str(error.value)
    assert f"candidate '{text}'" in str(error.value)
    assert "twice" in words or "relay-llvm-nchw" in str(error.value)


def test_the_model_file_is_added_to_the_candidate() -> None:
    model = Asset(path="/tmp/quantised.pb")
    assert parse("relay-llvm", model).model == model
    assert parse("stack=relay", model).model == model


@pytest.mark.usefixtures("fakes")
def test_a_stack_that_another_package_adds() -> None:
    assert parse("fake-zeros-nchw").stack == "fake"
    assert parse("fake-zeros-nchw").target == "zeros"


LAYOUTS, LEVELS = st.sampled_from([None, "NCHW", "NHWC"]), st.integers(0, 4)


@given(st.sampled_from(["llvm", "host", "cuda"]), LAYOUTS, LEVELS)
def test_the_id_of_a_plain_candidate_parses_to_the_same_candidate(
    target: str, layout: Literal["NCHW", "NHWC"] | None, level: int
) -> None:
    made = Candidate(target=target, layout=layout, opt_level=level)
    assert parse(made.id) == made


@given(st.text(max_size=30))
def test_any_text_is_a_candidate_or_a_usage_error(text: str) -> None:
    for written in (text, f"relay{text}", f"relay,{text}"):
        with contextlib.suppress(UsageError):
            assert isinstance(parse(written), Candidate)
