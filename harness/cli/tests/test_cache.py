"""`parity cache` shows what is kept, and makes it smaller."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.tests.test_readme import COMMANDS
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, write_graph, write_image

CHECK = ("check", "model.pb", "a.jpg", "--candidate", "stack=fake,target=calm", "--keep-reference")
REFERENCE = ("--reference", "fake-reference")
Kinds = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def filled(parity: RunCommand, tmp_path: Path, fakes: Path) -> None:
    """The cache holds what a check of one image leaves, and a download."""
    write_graph(tmp_path / "model.pb", decoder_graph())
    write_image(tmp_path / "a.jpg")
    done = parity(*CHECK, *REFERENCE, "--cache", "kept")
    assert done.returncode == 0, done.stderr
    (tmp_path / "kept" / "zoo").mkdir()
    (tmp_path / "kept" / "zoo" / "net.pb").write_bytes(bytes(1000))


@pytest.fixture
def kinds(parity: RunCommand) -> Kinds:
    """What `parity cache --json` says, by kind."""

    def found() -> dict[str, dict[str, Any]]:
        lines = json.loads(parity("cache", "--cache", "kept", "--json").stdout)
        return {line["kind"].split()[0]: line for line in lines}

    return found


def test_it_says_how_much_of_what_is_kept(kinds: Kinds, parity: RunCommand) -> None:
    found = kinds()
    assert found["compiled"]["entries"] > 0
    assert found["scores"]["entries"] > 0
    assert (found["downloads"]["entries"], found["downloads"]["bytes"]) == (1, 1000)
    printed = parity("cache", "--cache", "kept").stdout.splitlines()
    assert printed[0] == "kept" or printed[0].endswith("/kept")
    for line, kind in zip(printed[1:], found.values(), strict=True):
        assert f"{kind['kind']}: {kind['entries']}, " in line
        assert kind["oldest_use"] in line


def test_clear_leaves_downloads_and_a_later_run_builds_again(
    kinds: Kinds, parity: RunCommand
) -> None:
    before = kinds()
    done = parity("cache", "clear", "--cache", "kept")
    gone = before["compiled"]["entries"] + before["scores"]["entries"]
    assert done.stdout.startswith(f"removed {gone} entries, ")
    assert [kinds()[kind]["entries"] for kind in ("compiled", "scores", "downloads")] == [0, 0, 1]
    again = parity(*CHECK, *REFERENCE, "--cache", "kept", "--json")
    assert json.loads(again.stdout)[0]["cache"] == "built"


def test_prune_leaves_what_fits(kinds: Kinds, parity: RunCommand) -> None:
    before = kinds()
    assert parity("cache", "prune", "--cache", "kept").stdout.startswith("removed 0 entries")
    assert kinds() == before
    size = before["compiled"]["bytes"] + before["scores"]["bytes"]
    parity("cache", "prune", "--cache", "kept", "--cache-gib", str((size - 1) / 2**30))
    after = kinds()
    left = after["compiled"]["bytes"] + after["scores"]["bytes"]
    assert 0 < left < size


def test_a_cache_that_is_not_there_is_empty(parity: RunCommand) -> None:
    done = parity("cache", "clear", "--cache", "nowhere")
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "removed 0 entries")
    assert ": 0, 0.0 MiB" in parity("cache", "--cache", "nowhere").stdout


def test_a_folder_that_can_not_be_written_is_a_mistake_of_the_user(
    parity: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "odd" / "builds").mkdir(parents=True)
    (tmp_path / "odd" / "builds" / "in-use.lock").mkdir()
    done = parity("cache", "clear", "--cache", "odd")
    assert done.returncode == 2
    assert "can't be made smaller" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_whose_cache_grew_keeps_the_bound(parity: RunCommand, kinds: Kinds) -> None:
    parity("cache", "clear", "--cache", "kept")
    done = parity(*CHECK, *REFERENCE, "--cache", "kept", "--cache-gib", "1e-9")
    assert done.returncode == 0
    assert [kinds()[kind]["entries"] for kind in ("compiled", "scores")] == [0, 0]


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("parity cache")])
def test_commands_on_the_cache_run(
    parity: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path))
    done = parity(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    assert "0.0 MiB" in done.stdout
