"""Valid case files, and the JSON Schema of all of them."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cases.case import Case, json_schema
from harness.cases.case_file import load
from harness.cases.expectation import KnownFailure
from harness.cases.tests.base_case import BASE
from harness.results.status import Status

ROOT = Path(__file__).resolve().parents[3]


def test_the_shortest_case(case_file: Callable[[str], Path]) -> None:
    found = load(case_file(BASE))
    assert found.model.path == "m.pb"
    assert [image.path for image in found.images] == ["a.jpg"]
    assert [candidate.id for candidate in found.candidates] == ["relay-llvm-nchw"]
    assert found.scopes == ("graph", "end_to_end")
    assert found.k == 5


@pytest.mark.parametrize("path", sorted((ROOT / "cases").glob("*.toml")), ids=lambda p: p.name)
def test_the_cases_of_this_project_are_valid(path: Path) -> None:
    assert load(path).description


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(BASE, encoding="utf-8-sig")
    assert load(path).k == 5


@pytest.mark.parametrize("digest", [f"sha256 = '{'0' * 64}'", f"git_blob = '{'0' * 40}'"])
def test_either_digest_is_enough(case_file: Callable[[str], Path], digest: str) -> None:
    text = BASE.replace("path = 'm.pb'", f"url = 'https://x/y'\n{digest}")
    assert load(case_file(text)).model.url == "https://x/y"


def test_known_failures_cover_by_glob_scope_and_status() -> None:
    known = KnownFailure(
        image="rock*", candidate="relay-*", scope="graph", status=Status.MISMATCH, reason="why"
    )
    assert known.covers("rocket.jpg", "relay-llvm", "graph", Status.MISMATCH)
    assert not known.covers("cat.jpg", "relay-llvm", "graph", Status.MISMATCH)
    assert not known.covers("rocket.jpg", "relax", "graph", Status.MISMATCH)
    assert not known.covers("rocket.jpg", "relay-llvm", "end_to_end", Status.MISMATCH)
    assert not known.covers("rocket.jpg", "relay-llvm", "graph", Status.CRASHED)
    assert KnownFailure(reason="all").covers("a", "b", "end_to_end", Status.TIMED_OUT)


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from _objects(part)


def test_the_schema_is_a_json_schema_that_editors_can_follow() -> None:
    schema = json.loads(json.dumps(json_schema()))
    types = {"object", "array", "string", "number", "integer", "boolean", "null"}
    assert schema["type"] == "object"
    for part in _objects(schema):
        assert part.get("type", "null") in types or "properties" in part
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/$defs/") in schema["$defs"]
        if isinstance(part.get("required"), list):
            assert set(part["required"]) <= set(part["properties"])


def test_the_schema_refuses_unknown_keys_and_explains_every_known_one() -> None:
    schema = json_schema()
    for table in [schema, *schema["$defs"].values()]:
        if table.get("type") != "object":
            continue
        assert table["additionalProperties"] is False
        for name, field in table["properties"].items():
            assert field.get("description") or "$ref" in field, f"{table['title']}.{name}"


def test_a_case_survives_its_own_json(case_file: Callable[[str], Path]) -> None:
    path = case_file(BASE + "[[candidates]]\ntarget = 'host'\n[preprocess]\nsize = [4, 5]\n")
    found = load(path)
    assert Case.model_validate_json(found.model_dump_json()) == found
    assert Case.model_validate(tomllib.loads(path.read_text())) == found
