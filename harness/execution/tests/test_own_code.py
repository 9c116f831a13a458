"""What a candidate's own code is known by."""

from pathlib import Path

import pytest

from harness.cases.candidate import Candidate
from harness.errors import AssetUseError, StackError
from harness.execution import own_code
from harness.execution.own_code import OwnFunction, module_sha256, own_code_sha256
from harness.stacks.own_build import own_function


@pytest.fixture
def build(tmp_path: Path) -> str:
    """A build function in a file, which imports another one beside it."""
    text = "from level_of_ours import LEVEL\ndef go(m, t): return LEVEL\n"
    (tmp_path / "build.py").write_text(text)
    (tmp_path / "level_of_ours.py").write_text("LEVEL = 2\n")
    return f"{tmp_path / 'build.py'}:go"


def test_it_changes_with_the_file_and_with_those_beside_it(build: str, tmp_path: Path) -> None:
    first = OwnFunction.of(build).sha256
    assert OwnFunction.of(build).sha256 == first
    (tmp_path / "level_of_ours.py").write_text("LEVEL = 3\n")
    second = OwnFunction.of(build).sha256
    (tmp_path / "build.py").write_text("def go(m, t): return m\n")
    assert len({first, second, OwnFunction.of(build).sha256}) == 3
    (tmp_path / "notes.txt").write_text("x")
    assert OwnFunction.of(build).sha256 == OwnFunction.of(build).sha256


def test_a_function_of_a_package_is_known_by_its_source() -> None:
    assert OwnFunction.of("harness.errors:nearest").sha256
    with pytest.raises(StackError, match="no_such_package"):
        OwnFunction.of("no_such_package:f")


def test_files_are_of_bounded_size(
    build: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_code, "MAX_SOURCE_BYTES", 10)
    with pytest.raises(AssetUseError, match=r"build.py can't be read"):
        OwnFunction.of(build)
    monkeypatch.setattr(own_code, "MAX_MODULE_BYTES", 10)
    with pytest.raises(AssetUseError, match="at most 10 are accepted"):
        module_sha256(tmp_path / "build.py")


def test_only_code_of_its_own_is_part_of_a_candidate(build: str, tmp_path: Path) -> None:
    assert own_code_sha256(Candidate()) == ""
    assert own_code_sha256(Candidate(build=build)) == OwnFunction.of(build).sha256
    module = str(tmp_path / "build.py")
    assert own_code_sha256(Candidate(module=module)) == module_sha256(Path(module))


def test_the_function_may_import_what_lies_beside_it(build: str) -> None:
    assert own_function(build)(1, 2) == 2


def test_a_value_is_no_function(build: str) -> None:
    with pytest.raises(TypeError, match="is a int; expected a function"):
        own_function(build.replace(":go", ":LEVEL"))


@pytest.mark.parametrize("text", ["x", "a b:c", "os:", ":f", "x.py", "x.py:1", "/etc/x:f"])
def test_other_words_are_no_build(text: str) -> None:
    with pytest.raises(ValueError, match="build"):
        Candidate(build=text)


def test_a_module_is_built_already_and_only_it_has_an_input() -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        Candidate(build="a:b", module="m.so")
    with pytest.raises(ValueError, match="there is none"):
        Candidate(input="x")
    assert Candidate(module="out/deploy.so", stack="relax").id == "relax-llvm-deploy"
    assert Candidate(build="b.py:ship").id == "relay-llvm-ship"
