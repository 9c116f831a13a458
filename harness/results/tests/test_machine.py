"""What is found out about the machine that a run happens on."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from harness.results.machine import (
    MachineFacts,
    describe,
    distribution,
    git_state,
    parse_cpuinfo,
)


def test_facts_are_plain_json_with_the_versions_that_decide() -> None:
    facts = json.loads(json.dumps(describe().model_dump(mode="json"), allow_nan=False))
    assert facts["versions"]["python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert facts["versions"]["numpy"] == metadata.version("numpy")
    assert "libjpeg" in facts["versions"]["libjpeg"]
    assert facts["cpu"]["cores"] >= facts["cpu"]["usable_cores"] >= 1
    assert facts["cpu"]["model"]


def test_describing_imports_neither_tensorflow_nor_tvm() -> None:
    code = (
        "import sys, harness.results.machine as e; e.describe();"
        "print([m for m in ('tensorflow', 'tvm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_absent_distribution_is_none_and_the_first_present_one_is_named() -> None:
    assert distribution(("no-such-distribution",)) is None
    found = distribution(("no-such-distribution", "pydantic"))
    assert found == f"{metadata.version('pydantic')} (pydantic)"


def test_arm_cores_have_features_too() -> None:
    text = "processor\t: 0\nFeatures\t: fp asimd sve\n"
    assert parse_cpuinfo(text) == ("", ["asimd", "fp", "sve"])


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)


def test_a_commit_is_dirty_once_a_tracked_file_changed(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-q", "--no-verify", "-m", "one")
    clean = git_state(tmp_path)
    assert clean
    assert len(clean.commit) == 40
    assert clean.dirty is False
    (tmp_path / "a").write_text("2")
    assert git_state(tmp_path) == clean.model_copy(update={"dirty": True})


def test_outside_a_repository_there_is_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) is None, "without git at all"


def test_facts_of_a_later_version_are_kept() -> None:
    facts = MachineFacts.model_validate({"cpu": {"model": "Xeon", "caches": [1, 2]}, "gpu": "none"})
    assert facts.model_dump(mode="json")["cpu"]["caches"] == [1, 2]
    assert facts.model_dump(mode="json")["gpu"] == "none"
