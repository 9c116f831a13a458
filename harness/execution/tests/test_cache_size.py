"""A cache that is kept below a bound: what was used longest ago goes, what is in use stays."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.execution import cache_size, cache_use
from harness.execution.build_cache import BuildCache
from harness.execution.cache_size import prune
from harness.execution.cache_use import CacheUse
from harness.execution.kept_scores import KeptScores
from harness.execution.session import RunSession
from harness.testing.fixtures import ROOT

LARGE = 1 << 16
"""Bytes of an entry, beside which its manifest counts for little."""
Entries = dict[str, Path]


def add(root: Path, key: str, age: float) -> Path:
    """An entry that was used so many seconds ago."""

    def make(folder: Path) -> dict[str, object]:
        (folder / "lib.so").write_bytes(bytes(LARGE))
        return {}

    path = BuildCache(root).obtain(key, make).path
    used = path.stat().st_mtime - age
    os.utime(path / "manifest.json", (used, used))
    return path


@pytest.fixture
def entries(tmp_path: Path) -> Entries:
    """Three of one size; "b" was used last, "a" longest ago."""
    return {key: add(tmp_path, key, age) for key, age in (("a", 300), ("b", 100), ("c", 200))}


def names(root: Path) -> set[str]:
    return {one.path.name for one in [*cache_size.builds(root), *cache_size.scores(root)]}


@pytest.mark.parametrize(
    ("room", "left"), [(3.5, "abc"), (2.5, "bc"), (1.5, "b"), (0.5, ""), (0, "")]
)
def test_the_least_recently_used_go_until_the_rest_fits(
    tmp_path: Path, entries: Entries, room: float, left: str
) -> None:
    found = prune(tmp_path, int(room * LARGE))
    assert names(tmp_path) == set(left)
    assert found.entries == 3 - len(left)
    assert found.left <= room * LARGE
    assert found.left == pytest.approx(len(left) * LARGE, rel=0.01)


def test_an_entry_that_is_found_again_is_no_longer_the_oldest(
    tmp_path: Path, entries: Entries
) -> None:
    BuildCache(tmp_path).obtain("a", lambda _: {})
    prune(tmp_path, int(1.5 * LARGE))
    assert names(tmp_path) == {"a"}


def test_scores_go_by_the_same_rule(tmp_path: Path, entries: Entries) -> None:
    store = KeptScores(tmp_path / "scores")
    for key, age in (("old", 400), ("new", 0)):
        store.put(key, np.zeros(LARGE // 8))
        path = store.root / key[:2] / key
        used = path.stat().st_mtime - age
        os.utime(path, (used, used))
    prune(tmp_path, int(3.5 * LARGE))
    assert names(tmp_path) == {"new", "b", "c"}
    assert store.get("old") is None
    assert store.get("new") is not None


def test_what_a_living_session_used_stays(tmp_path: Path, entries: Entries) -> None:
    use = CacheUse(tmp_path)
    use.begin()
    BuildCache(tmp_path).obtain("a", lambda _: {})
    found = prune(tmp_path, 0)
    assert names(tmp_path) == {"a"}
    assert (found.entries, found.in_use) == (2, 1)
    use.end()
    assert prune(tmp_path, 0).entries == 1
    assert names(tmp_path) == set()


KILLED = """
import os, pathlib, signal, sys
from harness.execution.cache_use import CacheUse
use = CacheUse(pathlib.Path(sys.argv[1]))
use.begin()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_holds_nothing(tmp_path: Path, entries: Entries) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(command, env=environment, check=False).returncode == -9
    assert list((tmp_path / cache_use.FOLDER).iterdir())
    for key in "abc":
        BuildCache(tmp_path).obtain(key, lambda _: {})
    assert prune(tmp_path, 0).entries == 3
    assert not list((tmp_path / cache_use.FOLDER).iterdir())


def test_what_is_being_made_stays_while_a_session_lives(tmp_path: Path) -> None:
    use = CacheUse(tmp_path)
    use.begin()
    (tmp_path / ".making-k-1").mkdir()
    prune(tmp_path, 0)
    assert (tmp_path / ".making-k-1").is_dir()
    use.end()
    prune(tmp_path, 0)
    assert not (tmp_path / ".making-k-1").exists()


def test_nothing_is_left_of_what_went(tmp_path: Path, entries: Entries) -> None:
    prune(tmp_path, 0)
    assert {path.name for path in tmp_path.iterdir()} <= {cache_use.LOCK, cache_use.FOLDER}


@pytest.fixture
def closed_session(tmp_path: Path, entries: Entries, fakes: Path) -> Iterator[RunSession]:
    """A session whose cache may hold one entry and a half."""
    session = RunSession(tmp_path, reference_stack="fake-reference", cache_bytes=int(1.5 * LARGE))
    yield session
    session.close()


def test_a_session_that_added_nothing_removes_nothing(
    tmp_path: Path, closed_session: RunSession
) -> None:
    closed_session.close()
    assert names(tmp_path) == {"a", "b", "c"}


def test_a_session_that_added_something_keeps_the_bound(
    tmp_path: Path, closed_session: RunSession
) -> None:
    closed_session.kept.builds.obtain("d", _make_large)
    assert names(tmp_path) == {"a", "b", "c", "d"}
    closed_session.close()
    assert names(tmp_path) == {"d"}


def _make_large(folder: Path) -> dict[str, object]:
    (folder / "lib.so").write_bytes(bytes(LARGE))
    return {}


def test_a_session_that_uses_no_cache_makes_none(tmp_path: Path, fakes: Path) -> None:
    folder = tmp_path / "cache"
    with RunSession(folder, reference_stack="fake-reference"):
        assert not folder.exists()
