"""A table of [[candidates]] with lists is a candidate for each combination."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cases.candidate_lists import CombinedCandidate
from harness.cases.case import json_schema
from harness.cases.case_file import load
from harness.cases.tests.base_case import BASE

MANY = [f"llvm -mcpu=c{number}" for number in range(400)]
Read = Callable[[str], list[str]]


@pytest.fixture
def ids(tmp_path: Path) -> Read:
    """The ids of the candidates of a case with such tables."""

    def read(text: str) -> list[str]:
        path = tmp_path / "case.toml"
        path.write_text(BASE + text)
        return [candidate.id for candidate in load(path).candidates]

    return read


def test_every_combination_is_a_candidate_and_the_last_list_varies_fastest(ids: Read) -> None:
    found = ids("[[candidates]]\nstack = ['relay', 'relax-onnx']\ntarget = ['host', 'llvm']\n")
    assert found == ["relay-host", "relay-llvm", "relax-onnx-host", "relax-onnx-llvm"]


def test_a_program_that_compiles_nothing_is_one_candidate_of_a_table(ids: Read) -> None:
    found = ids(
        "[[candidates]]\nstack = ['onnxruntime', 'relay', 'tflite']\ntarget = ['host', 'llvm']\n"
        "opt_level = [0, 3]\n"
    )
    compiled = ["relay-host-o0", "relay-host", "relay-llvm-o0", "relay-llvm"]
    assert found == ["onnxruntime", *compiled, "tflite"]


def test_lists_and_single_candidates_stand_in_the_order_of_the_file(ids: Read) -> None:
    found = ids(
        "[[candidates]]\nname = 'first'\n"
        "[[candidates]]\nopt_level = [0, 3]\nlayout = 'NCHW'\n"
        "[[candidates]]\nstack = 'relax'\npipeline = ['default', 'packed']\n"
    )
    single, *listed = found
    assert single == "first"
    assert listed[:2] == ["relay-llvm-nchw-o0", "relay-llvm-nchw"]
    assert listed[2:] == ["relax-llvm", "relax-llvm-packed"]


def test_only_combinations_are_marked_as_such(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(BASE + "[[candidates]]\nlayout = ['NCHW']\n[[candidates]]\nstack = 'relax'\n")
    kinds = [isinstance(one, CombinedCandidate) for one in load(path).candidates]
    assert kinds == [True, False]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("target = []", "target is an empty list"),
        ("name = 'x'\ntarget = ['host']", "leave the name out"),
        ("layout = ['NCHW', 'nchw']", "'NCHW' or 'NHWC'"),
        ("target = ['host', 3]", "found 3"),
        ("target = ['host', 'host']", "share the id relay-host"),
        (f"target = {MANY}\nopt_level = [0, 1, 2]", "1200 candidates"),
    ],
)
def test_a_wrong_list_is_refused(refused: Callable[[str], str], table: str, words: str) -> None:
    assert words in refused(f"{BASE}[[candidates]]\n{table}\n")


def test_an_editor_learns_that_lists_are_allowed() -> None:
    properties = json_schema()["$defs"]["Candidate"]["properties"]
    kinds = {one.get("type") for one in properties["target"]["anyOf"]}
    assert kinds == {"string", "array"}
    assert "anyOf" not in properties["pass_config"]
