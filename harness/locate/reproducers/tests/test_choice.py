"""Which form shows a fault: that with the fewest passes behind it that can."""

import pytest

from harness.cases.candidate_words import parse
from harness.locate.reproducers.choice import forms
from harness.stacks.registry import stack_named


@pytest.mark.parametrize(
    ("candidate", "stage", "expected"),
    [
        ("relay-host", "", ["default import"]),
        ("relay-host", "run", ["default import"]),
        ("relay-host", "build", ["default import"]),
        ("relay-host", "import", ["default "]),
        ("relax-host", "", ["default import", "default optimize"]),
        ("relax-host-packed", "", ["default import", "packed optimize"]),
        ("relax-host-packed", "build", ["default import", "packed optimize"]),
        ("relax-host-packed", "optimize", ["default import"]),
        ("relax-host", "import", []),
        ("relax-onnx-host", "convert", []),
    ],
)
def test_forms_in_the_order_in_which_they_are_tried(
    candidate: str, stage: str, expected: list[str]
) -> None:
    chosen = parse(candidate)
    found = forms(stack_named(chosen.stack), chosen, stage)
    assert [f"{how.pipeline} {form.step}" for how, form in found] == expected
