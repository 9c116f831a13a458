"""Every operation that the frontend knows is checked against TensorFlow by some test."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from harness.stacks.relax.tests.frontend_runs import ABSENT, MARKS

pytestmark = MARKS
ROOT = Path(__file__).parents[4]


def registered() -> list[str]:
    if ABSENT:
        return ["unknown here"]
    from harness.stacks.relax.frontend.registry import CONVERTERS

    importlib.import_module("harness.stacks.relax.frontend")
    return sorted(CONVERTERS)


@pytest.fixture(scope="module")
def covered() -> Any:
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_frontend_*.py"):
        module = importlib.import_module(f"harness.stacks.relax.tests.{path.stem}")
        for value in vars(module).values():
            found.update(getattr(value, "covers", ()))
    return found


@pytest.mark.parametrize("op", registered())
def test_every_operation_has_a_test(covered: set[str], op: str) -> None:
    assert op in covered, f'decorate the test that runs it with @covers("{op}")'


def test_no_test_covers_what_is_unknown(covered: set[str]) -> None:
    assert covered <= set(registered())


def test_the_page_of_operations_is_what_the_registry_gives() -> None:
    from harness.stacks.relax.frontend.operations import page

    written = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert written == page(), (
        "write it anew: python -m harness.stacks.relax.frontend.operations docs/operations.md"
    )


def test_what_is_refused_has_no_converter() -> None:
    from harness.stacks.relax.frontend.refusals import REFUSALS

    refused = [op for ops in REFUSALS.values() for op in ops]
    assert len(set(refused)) == len(refused)
    assert not set(refused) & set(registered())


def test_an_operation_has_one_converter() -> None:
    from harness.stacks.relax.frontend.registry import converts

    with pytest.raises(ValueError, match="two converters for Relu"):
        converts("Relu")(lambda node: node)
