"""The build cache: each entry made once, verified before it is used, and never half there."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from harness.execution.build_cache import MANIFEST, BuildCache, key_of
from harness.testing.fixtures import ROOT

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def cache(tmp_path: Path) -> Any:
    return BuildCache(tmp_path / "deep" / "cache")


class Maker:
    """Fills an entry with one file and counts how often."""

    def __init__(self, text: str = "module") -> None:
        self.text, self.times = text, 0

    def __call__(self, folder: Path) -> Any:
        self.times += 1
        (folder / "lib.so").write_text(self.text)
        return {"seconds": 1.5, "times": self.times}


def leftovers(cache: BuildCache) -> Any:
    return [path.name for path in cache.root.iterdir() if path.name.startswith(".making")]


def test_an_entry_is_made_once_and_found_afterwards(cache: BuildCache) -> None:
    make = Maker()
    first, second = cache.obtain("k", make), cache.obtain("k", make)
    assert (first.hit, second.hit, make.times) == (False, True, 1)
    assert first.path == second.path
    assert first.facts == second.facts == {"seconds": 1.5, "times": 1}
    assert (second.path / "lib.so").read_text() == "module"


def test_entries_of_different_keys_lie_apart(cache: BuildCache) -> None:
    a, b = cache.obtain("a", Maker("a")), cache.obtain("b", Maker("b"))
    assert [(entry.path / "lib.so").read_text() for entry in (a, b)] == ["a", "b"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / "lib.so").write_text("modulo"),
        lambda path: (path / "lib.so").write_bytes(b""),
        lambda path: (path / "lib.so").unlink(),
        lambda path: (path / MANIFEST).unlink(),
        lambda path: (path / MANIFEST).write_text(""),
        lambda path: (path / MANIFEST).write_text("[]"),
        lambda path: (path / MANIFEST).write_text("{}"),
        lambda path: (path / MANIFEST).write_text('{"files": {"lib.so": 1}, "facts": {}}'),
        lambda path: (path / MANIFEST).write_text('{"files": ["lib.so"], "facts": {}}'),
        lambda path: (path / MANIFEST).write_text('{"files": {}, "facts": 3}'),
        lambda path: (path / MANIFEST).write_bytes(b"\xff\xfe"),
        lambda path: (path / MANIFEST).write_text("[" * 100_000),
        lambda path: (path / MANIFEST).write_bytes(b" " * (2 << 20)),
        lambda path: (path / MANIFEST).write_bytes((path / MANIFEST).read_bytes()[:-9]),
        lambda path: [file.unlink() for file in path.iterdir()],
        lambda path: [*[file.unlink() for file in path.iterdir()], path.rmdir(), path.touch()],
    ],
)
def test_a_damaged_entry_is_made_again(cache: BuildCache, damage: Callable[[Path], object]) -> None:
    make = Maker()
    damage(cache.obtain("k", make).path)
    again = cache.obtain("k", make)
    assert (again.hit, make.times) == (False, 2)
    assert (again.path / "lib.so").read_text() == "module"
    assert cache.obtain("k", make).hit
    assert not leftovers(cache)


def test_a_manifest_never_leads_out_of_the_entry(cache: BuildCache, tmp_path: Path) -> None:
    path = cache.obtain("k", Maker()).path
    manifest = json.loads((path / MANIFEST).read_text())
    (cache.root / "lib.so").write_text("module")
    (path / "lib.so").unlink()
    manifest["files"] = {"../lib.so": manifest["files"]["lib.so"]}
    (path / MANIFEST).write_text(json.dumps(manifest))
    assert not cache.obtain("k", Maker()).hit


@pytest.mark.parametrize("error", [ValueError("no"), OSError(28, "full disk"), KeyboardInterrupt()])
def test_a_failure_leaves_nothing_and_goes_on_to_the_caller(
    cache: BuildCache, error: BaseException
) -> None:
    def fail(folder: Path) -> NoReturn:
        (folder / "half.so").write_text("half")
        raise error

    with pytest.raises(type(error)):
        cache.obtain("k", fail)
    assert not (cache.root / "k").exists()
    assert not leftovers(cache)
    assert not cache.obtain("k", Maker()).hit


def test_a_failure_to_make_a_damaged_entry_again_does_not_bring_it_back(cache: BuildCache) -> None:
    (cache.obtain("k", Maker()).path / "lib.so").write_text("bad")

    def fail(_: Path) -> NoReturn:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.obtain("k", fail)
    assert not cache.obtain("k", Maker()).hit


def test_what_a_killed_process_left_in_the_making_is_cleared(cache: BuildCache) -> None:
    cache.root.mkdir(parents=True)
    for name in (".making-k-abc", ".making-other-abc"):
        (cache.root / name).mkdir()
        (cache.root / name / "half.so").touch()
    cache.obtain("k", Maker())
    assert leftovers(cache) == [".making-other-abc"]  # that one may be at work


def test_who_waits_for_another_process_can_be_stopped(cache: BuildCache) -> None:
    cache.root.mkdir(parents=True)
    stopped = threading.Event()
    stopped.set()
    with FileLock(cache.root / "k.lock"), pytest.raises(InterruptedError, match="made k"):
        cache.obtain("k", Maker(), stopped)
    assert not cache.obtain("k", Maker(), stopped).hit  # free again: stopped or not, it is made


def test_who_waits_takes_what_the_other_made(cache: BuildCache) -> Any:
    begun, go, entries = threading.Event(), threading.Event(), []
    make = Maker()

    def slow(folder: Path) -> Any:
        begun.set()
        go.wait()
        return make(folder)

    def wait_for_it() -> None:
        entries.append(cache.obtain("k", make))

    threads = [threading.Thread(target=cache.obtain, args=("k", slow))]
    threads[0].start()
    begun.wait()
    threads += [threading.Thread(target=wait_for_it) for _ in range(3)]
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert make.times == 1
    assert [entry.hit for entry in entries] == [True] * 3


PROGRAM = """
import os, pathlib, sys
from harness.execution.build_cache import BuildCache
root, log = map(pathlib.Path, sys.argv[1:3])
def make(folder):
    with log.open("a") as file:
        file.write(f"{folder.name}\\n")
    (folder / "lib.so").write_bytes(os.urandom(1 << 20))
    return {"pid": os.getpid()}
print("ready", flush=True)
sys.stdin.readline()
for key in range(20):
    print(BuildCache(root).obtain(f"k{key}", make).facts["pid"])
"""


def test_two_processes_make_each_entry_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "cache"), str(log)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0].split() for process in processes]
    assert len(log.read_text().splitlines()) == 20
    assert answers[0] == answers[1]
    assert len(answers[0]) == 20


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), JSON, max_size=4))
def test_a_key_depends_on_its_parts_and_not_on_their_order(parts: dict[str, Any]) -> None:
    assert key_of(**parts) == key_of(**dict(reversed(parts.items())))
    assert key_of(**parts) != key_of(**parts, one_more=1)
    assert set(key_of(**parts)) <= set("0123456789abcdef")


def test_a_key_tells_types_apart() -> None:
    keys = {key_of(a=value) for value in (1, "1", True, None, [1], 1.5)}
    assert len(keys) == 6
