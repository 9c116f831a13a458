"""Stacks of other packages: those that can be loaded, and those that can't."""

import importlib
from pathlib import Path

import pytest

from harness.cases.candidate_words import installed, parse
from harness.errors import StackError, UsageError
from harness.stacks.registry import all_stacks, broken_stacks, stack_named, stack_names

OWN = {"tensorflow", "relay", "relax", "relax-onnx", "relax-tflite", "onnxruntime", "tflite"}
STACK = """
from harness.stacks import tensorflow
from harness.stacks.protocol import Stack
STACK = Stack(
    name={name!r}, program="other", distributions=(), remedy="", open=tensorflow.open_session,
    describe=tensorflow.describe,
)
"""


class Packages:
    """Packages with one entry point each, in a folder that Python searches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, source: str, value: str = "") -> None:
        """A package `other-<name>` whose module registers a stack of that name."""
        module = f"other_{name}"
        (self.folder / f"{module}.py").write_text(source)
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: other-{name}\nVersion: 1.0\n")
        points = f"[parity.stacks]\n{name} = {value or module + ':STACK'}\n"
        (info / "entry_points.txt").write_text(points)
        importlib.invalidate_caches()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packages:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Packages(tmp_path)


BROKEN = {
    "import": ("import no_such_module", "raised ModuleNotFoundError: .*no_such_module"),
    "syntax": ("STACK = (", "raised SyntaxError"),
    "absent": ("", "raised AttributeError: .*STACK"),
    "quits": ("raise SystemExit(3)", "raised SystemExit: 3"),
    "number": ("STACK = 7", "gave an object of type int, not a Stack"),
    "named": (STACK.format(name="else"), "gave a stack whose name is 'else'"),
}


def test_a_stack_of_another_package_is_registered(packages: Packages) -> None:
    packages.add("good", STACK.format(name="good"))
    assert stack_named("good").program == "other"
    assert stack_names()[-1] == "good"


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_entry_point_costs_its_own_stack_only(packages: Packages, kind: str) -> None:
    source, reason = BROKEN[kind]
    packages.add(kind, source)
    packages.add("sound", STACK.format(name="sound"))
    assert set(all_stacks()) >= OWN | {"sound"}
    assert kind not in all_stacks()
    assert set(broken_stacks()) == {kind}
    assert stack_named("sound").name == "sound"
    with pytest.raises(StackError, match=f"(?s)'{kind}' can't be loaded.*other-{kind}.*{reason}"):
        stack_named(kind)


def test_the_error_says_where_it_is_registered_and_what_to_do(packages: Packages) -> None:
    packages.add("lost", "", value="other_lost.inner:STACK")
    with pytest.raises(StackError) as caught:
        stack_named("lost")
    assert "registers it as other_lost.inner:STACK" in str(caught.value)
    assert str(caught.value).endswith("Update other-lost, or uninstall it")


def test_a_candidate_on_a_broken_stack_is_no_mistake_of_the_user(packages: Packages) -> None:
    packages.add("faulty", "import no_such_module")
    assert parse("faulty-llvm").stack == "faulty"
    assert installed(["faulty-llvm"]) == []
    with pytest.raises(UsageError, match="begins with no known stack"):
        parse("fauly")


def test_the_harness_s_own_name_is_not_taken_over(packages: Packages) -> None:
    packages.add("relay", "raise SystemExit('loaded')")
    assert stack_named("relay").program == "TVM"
    assert broken_stacks() == {}


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(StackError, match="unknown stack 'rellay'; nearest: relay"):
        stack_named("rellay")
