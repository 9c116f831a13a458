"""A value of a case file has the type that the JSON Schema says, and is never converted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.cases.case import json_schema
from harness.cases.case_file import load
from harness.cases.tests.base_case import BASE
from harness.errors import CaseError

SCHEMA = json_schema()
VALUES = ("true", "5", "0.5", "'5'", "'auto'", "'x'", "[]", "[1]", "{}", "nan")
PARSED: tuple[Any, ...] = (True, 5, 0.5, "5", "auto", "x", [], [1], {}, float("nan"))
NAMED = {"candidates": "[[candidates]]\n", "known_failures": "[[known_failures]]\nreason = 'x'\n"}


def _numbers() -> Iterator[tuple[str, dict[str, Any]]]:
    """(what stands before the value, schema) of each key that takes a number or true or false."""
    tables = {"": ("", SCHEMA)}
    for key, field in SCHEMA["properties"].items():
        reference = field.get("$ref") or field.get("items", {}).get("$ref", "")
        if reference and key not in ("model", "images", "labels", "published"):
            name = reference.rpartition("/")[2]
            tables[key] = (NAMED.get(key, f"[{key}]\n"), SCHEMA["$defs"][name])
    for scope, name in (("graph", "GraphTolerance"), ("end_to_end", "EndToEndTolerance")):
        tables[scope] = (f"[tolerance.{scope}]\n", SCHEMA["$defs"][name])
    for before, table in tables.values():
        for key, field in table["properties"].items():
            if {"integer", "number", "boolean"} & set(_types(field)):
                yield f"{before}{key}", field


def _types(field: dict[str, Any]) -> Iterator[str]:
    yield from (part["type"] for part in (field, *field.get("anyOf", ())) if "type" in part)


NUMBERS = dict(_numbers())


def _loads(path: Path) -> bool:
    try:
        load(path)
    except CaseError:
        return False
    return True


def test_every_number_is_looked_at() -> None:
    keys = {text.rpartition("\n")[2] for text in NUMBERS}
    assert keys >= {"k", "repeats", "atol", "rtol", "near_tie", "opt_level", "onednn", "memory_gib"}


@pytest.mark.parametrize("key", NUMBERS)
def test_what_the_schema_refuses_the_file_may_not_say(
    case_file: Callable[[str], Path], key: str
) -> None:
    schema = {**NUMBERS[key], "$defs": SCHEMA["$defs"]}
    for text, value in zip(VALUES, PARSED, strict=True):
        valid = jsonschema.Draft202012Validator(schema).is_valid(value) and value == value  # noqa: PLR0124
        line = f"{key} = {text}\n"
        path = case_file(BASE + line if key.startswith("[") else line + BASE)
        assert _loads(path) == valid, line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("k = true\n" + BASE, "tiny.toml:1: k: expected an integer; found True"),
        ("k = '5'\n" + BASE, "k: expected an integer; found '5'"),
        (BASE + "[tolerance.graph]\natol = true\n", "atol: expected a number; found True"),
        (
            BASE + "[tolerance.graph]\natol = 'auto'\nrtol = 1e-5\n",
            "the rule 'auto' has no rtol; give a number as atol, or leave rtol out",
        ),
        (BASE + "[tolerance.end_to_end]\natol = 'auto'\n", "tolerance.end_to_end.atol"),
        (BASE + "[tolerance.graph]\natol = 'atuo'\n", "expected a number or 'auto'; found 'atuo'"),
        (BASE + "[reference]\nonednn = 1\n", "onednn: expected true or false; found 1"),
        (BASE + "[preprocess]\nsize = [true, 5]\n", "size.0: expected an integer; found True"),
        (BASE + "[preprocess]\nmean = ['1']\n", "mean.0: expected a number; found '1'"),
        (
            BASE + "[[candidates]]\n[candidates.pass_config]\nx = 1.0\n",
            "expected true or false, an integer or a string; found 1.0",
        ),
        ("scopes = ['graph', 'graph']\n" + BASE, "scopes names one twice; found graph, graph"),
        (BASE + "[limits]\nmemory_gib = inf\n", "memory_gib: expected a finite number"),
    ],
)
def test_nothing_is_converted(refused: Callable[[str], str], text: str, words: str) -> None:
    assert words in refused(text)


def test_an_integer_is_a_number(case_file: Callable[[str], Path]) -> None:
    found = load(case_file(BASE + "[tolerance.graph]\natol = 1\n[limits]\nrun_timeout_s = 5\n"))
    assert (found.tolerance.graph.atol, found.limits.run_timeout_s) == (1.0, 5.0)
