"""What uv is asked for, and what is left where it fails."""

import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness.errors import UnusableEnvironmentError, UsageError
from harness.run.environments import uv_environment
from harness.run.environments.shown_process import EndedProcess
from harness.run.environments.uv_environment import UvEnvironment, held_packages, uv_program

HELD = {
    "apache-tvm": "0.27.0",
    "apache-tvm-ffi": "0.1.14",
    "mine": "mine @ file:///src/mine",
    "numpy": "2.4.6",
}


class FakeUv:
    """Resolves to what is asked, the oldest apache-tvm-ffi beside it where that is wanted."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.asked: list[tuple[list[str], list[str]]] = []
        self.words: list[Sequence[str]] = []

    def __call__(
        self, command: Sequence[str], variables: Mapping[str, str], folder: Path
    ) -> EndedProcess:
        words = list(command[1:])
        self.words.append(words)
        if self.failing in words:
            return EndedProcess(2, "error: disk quota exceeded\n")
        if words[:2] == ["pip", "compile"]:
            wanted = (folder / "requirements.in").read_text().splitlines()
            known = folder / "requirements.txt"
            self.asked.append((wanted, known.read_text().split() if known.exists() else []))
            if "lowest" in words:
                wanted = [*wanted, "apache-tvm-ffi==0.1.12"]
            known.write_text("\n".join(wanted))
        elif words[0] == "venv":
            (Path(words[-1]) / "bin").mkdir(parents=True)
        return EndedProcess(0, "")


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> FakeUv:
    found = FakeUv()
    monkeypatch.setattr(uv_environment, "run_shown", found)
    monkeypatch.setattr(uv_environment, "uv_program", lambda: "uv")
    return found


def _environment(folder: Path, version: str, *also: str) -> UvEnvironment:
    return UvEnvironment("apache-tvm", version, folder, HELD, also)


def test_everything_else_keeps_its_version_where_it_can(uv: FakeUv, tmp_path: Path) -> None:
    made = _environment(tmp_path, "0.27.0").make()
    ((wanted, known),) = uv.asked
    assert wanted == ["apache-tvm-ffi", "mine @ file:///src/mine", "numpy", "apache-tvm==0.27.0"]
    assert known == ["apache-tvm-ffi==0.1.14", "numpy==2.4.6"]
    assert (made.python.parents[1] / "requirements.txt").read_text().endswith("apache-tvm==0.27.0")
    assert Path(made.variables["PYTHONPATH"].partition(":")[0], "harness", "errors.py").is_file()


def test_another_release_has_the_oldest_companion_that_it_accepts(
    uv: FakeUv, tmp_path: Path
) -> None:
    environment = _environment(tmp_path, "0.25.0")
    environment.make()
    assert uv.asked[0][0] == ["apache-tvm==0.25.0"]
    assert uv.asked[1][0][-2:] == ["apache-tvm-ffi==0.1.12", "apache-tvm==0.25.0"]
    assert environment.resolved["apache-tvm-ffi"] == "0.1.12"
    assert environment.pins == {"apache-tvm": "0.25.0"}


def test_a_requirement_that_is_given_comes_first(uv: FakeUv, tmp_path: Path) -> None:
    _environment(tmp_path, "0.25.0", "apache_tvm_ffi==0.1.11", "numpy==2.1.0").make()
    ((wanted, known),) = uv.asked
    assert wanted[1:] == ["apache-tvm==0.25.0", "apache_tvm_ffi==0.1.11", "numpy==2.1.0"]
    assert known == []


def test_an_environment_is_made_once(uv: FakeUv, tmp_path: Path) -> None:
    first = _environment(tmp_path, "0.27.0").make()
    assert _environment(tmp_path, "0.27.0").make() == first
    assert [words[0] for words in uv.words].count("venv") == 1


def test_a_failed_installation_leaves_nothing_to_be_taken_for_an_environment(
    uv: FakeUv, tmp_path: Path
) -> None:
    uv.failing = "install"
    with pytest.raises(UnusableEnvironmentError, match=r"exit code 2: error: disk quota.*--with"):
        _environment(tmp_path, "0.27.0").make()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_what_is_held_is_what_is_installed_here_but_the_harness() -> None:
    found = held_packages()
    assert found["pytest"] == pytest.__version__
    assert "parity-harness" not in found


def test_without_uv_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(UsageError, match=r"uv is not installed here.*pip install uv"):
        uv_program()
