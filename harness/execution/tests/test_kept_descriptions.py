"""A reference whose answers are kept is not started to say which version it is."""

from pathlib import Path

import pytest

from harness.execution.kept_descriptions import kept_description
from harness.execution.kept_scores import KeptScores
from harness.stacks.protocol import StackDescription
from harness.stacks.registry import stack_named


class Version:
    """A program that says another version each time it is started."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> StackDescription:
        self.times += 1
        return {"version": str(self.times), "gpus": []}


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """The file that says since when the system runs."""
    (tmp_path / "boot").write_text("monday")
    return tmp_path / "boot"


def described(folder: Path, boot: Path, asked: Version) -> str:
    stack = stack_named("fake-reference")
    return str(kept_description(KeptScores(folder), stack, asked, boot)["version"])


@pytest.mark.usefixtures("fakes")
def test_it_is_asked_once_for_many_sessions(tmp_path: Path, boot: Path) -> None:
    asked = Version()
    assert [described(tmp_path, boot, asked) for _ in range(3)] == ["1", "1", "1"]


@pytest.mark.usefixtures("fakes")
def test_another_start_of_the_system_or_another_switch_asks_anew(
    tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Version()
    described(tmp_path, boot, asked)
    boot.write_text("tuesday")
    assert described(tmp_path, boot, asked) == "2"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert described(tmp_path, boot, asked) == "3"


@pytest.mark.usefixtures("fakes")
def test_a_damaged_file_and_a_system_without_that_text_ask_anew(tmp_path: Path, boot: Path) -> None:
    asked = Version()
    described(tmp_path, boot, asked)
    (kept,) = (path for path in tmp_path.glob("??/*") if path.is_file())
    kept.write_bytes(kept.read_bytes()[:-1])
    assert described(tmp_path, boot, asked) == "2"
    assert described(tmp_path, boot.with_name("none"), asked) == "3"
