"""`parity environments`: one report of several environments, whatever becomes of each."""

import os
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from harness.cli.environments import run
from harness.errors import UsageError
from harness.reports.read_rows import read_rows
from harness.run.environments.tests.fake_environments import add_python, add_tox, add_version
from harness.run.settings import Settings
from harness.testing.fixtures import ROOT, Finished, RunCommand
from harness.testing.tiny import write_case

OLD, NEW = "stack = 'fake-old'", "stack = 'fake-new'"
LEVELS = tuple(f"opt_level = {level}" for level in range(4))
RUNS_OF_ONE_IMAGE = 2
"""The reference's, where a row matches: repeated, to be held against itself, and timed."""
ENVIRONMENTS = {
    "old": ("fake-compiler-old==1.0",),
    "new": ("fake-compiler==2.0",),
    "newer": ("fake-compiler==2.1",),
    "unimportable": ("fake-compiler==2.2",),
    "uninstallable": ("fake-compiler==9.0",),
    "without-python": ("fake-compiler==9.1",),
}


class Project:
    """A case of eight candidates, and environments."""

    def __init__(self, parity: RunCommand, folder: Path) -> None:
        self.parity, self.folder = parity, folder

    def run(self, *names: str, case: str = "eight") -> Finished:
        tox = [word for name in names for word in ("--tox", name)]
        path = f"{self.folder / 'programs'}{os.pathsep}{os.environ['PATH']}"
        log = str(self.folder / "reference.log")
        env = {"PATH": path, "PARITY_REFERENCE": "fake-reference"}
        return self.parity(
            "environments",
            f"cases/{case}.toml",
            *tox,
            env={**env, "PARITY_FAKE_REFERENCE_LOG": log, "PARITY_NO_EXPLAIN": "1"},
        )

    def statuses(self) -> list[tuple[str, str, str]]:
        """Candidate's stack, version and status of each row of the merged report, sorted."""
        rows = read_rows(self.folder / "reports" / "latest")
        return sorted(zip(rows["stack"], rows["candidate_version"], rows["status"], strict=True))

    def reference_runs(self) -> list[str]:
        log = self.folder / "reference.log"
        lines = log.read_text().splitlines()
        log.unlink()
        return sorted(lines)


@pytest.fixture
def project(parity: RunCommand, fakes: Path, tmp_path: Path) -> Project:
    both = [f"{stack}\n{level}" for stack in (OLD, NEW) for level in LEVELS]
    top = "scopes = ['graph']"
    write_case(tmp_path, candidates=both, top=top, name="eight")
    write_case(tmp_path, candidates=[NEW], top=top, name="one")
    add_tox(tmp_path, ENVIRONMENTS)
    add_python(add_version(tmp_path / "old", "fake-compiler-old", "1.0"))
    add_python(add_version(tmp_path / "new", "fake-compiler", "2.0"))
    add_python(add_version(tmp_path / "newer", "fake-compiler", "2.1", brighter=9))
    add_python(add_version(tmp_path / "unimportable", "fake-compiler", "2.2", brighter=None))
    return Project(parity, tmp_path)


def test_eight_candidates_of_both_generations_are_one_report(project: Project) -> None:
    done = project.run("old", "new")
    assert done.returncode == 0, done.stdout + done.stderr
    expected = [("fake-new", "2.0", "match")] * 4 + [("fake-old", "1.0", "match")] * 4
    assert project.statuses() == expected
    each = "old: 4 match, 4 missing_stack\nnew: 4 match, 4 missing_stack\n"
    assert f"{each}together: 8 match\n" in done.stdout
    assert "report: " in done.stdout
    assert "from old" not in done.stdout  # they have no comparison in common
    log = (project.folder / "reference.log").read_text().splitlines()
    assert len(log) == RUNS_OF_ONE_IMAGE * len(("old", "new"))  # not once a candidate


def test_what_an_upgrade_moves_is_named_and_what_can_t_be_used_is_rows(project: Project) -> None:
    names = ("new", "uninstallable", "newer", "without-python", "unimportable")
    done = project.run(*names, case="one")
    assert done.returncode == 1, done.stdout + done.stderr
    assert project.statuses() == [
        ("fake-new", "", "run_failed"),
        ("fake-new", "2.0", "match"),
        ("fake-new", "2.1", "mismatch"),
        ("fake-new", "9.0", "missing_stack"),
        ("fake-new", "9.1", "missing_stack"),
    ]
    rows = read_rows(project.folder / "reports" / "latest")
    reasons = dict(zip(rows["candidate_version"], rows["reason"], strict=True))
    reason = reasons["9.0"]
    assert "environment uninstallable can't be made, exit code 1: ERROR: No matching" in reason
    assert "`tox run -e uninstallable --notest`" in reason
    assert "was built for another Python" in reasons[""]
    assert "from new to newer: 1 regressed; 0 unchanged" in done.stdout
    assert "from newer to unimportable: 1 fail for another reason; 0 unchanged" in done.stdout
    page = (project.folder / "reports" / "latest" / "report.html").read_text()
    assert "From new to newer" in page
    assert "2.<wbr>0 → 2.1" in page


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("old", "odl"), "tox has no environment 'odl' here; `tox list` shows"),
        (("old", "old"), "an environment was named twice: old, old"),
    ],
)
def test_wrong_names_are_refused_before_anything_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("PATH", str(project.folder / "programs"), prepend=os.pathsep)
    with pytest.raises(UsageError, match=message):
        run([Path("cases/one.toml")], names, Settings(reference="fake-reference"))
    assert not (project.folder / "reports").exists()


def test_the_command_of_the_readme_runs(parity: RunCommand, tmp_path: Path) -> None:
    """On environments that can't be made, so that nothing is compiled."""
    (command,) = re.findall(
        r"^parity (environments .*)$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    words = shlex.split(command)
    names = [name for option, name in pairwise(words) if option == "--tox"]
    programs = add_tox(tmp_path, dict.fromkeys(names, ("apache-tvm==0.0",)))
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    done = parity(*words, "--report-dir", tmp_path / "reports", cwd=ROOT, env=env)
    assert done.returncode == 1, done.stderr  # nothing was compared
    rows = read_rows(tmp_path / "reports" / "latest")
    assert set(rows["status"]) == {"missing_stack"}
    pinned = rows[rows["candidate_version"] == "0.0"]
    assert set(pinned["stack"]) == {"relax", "relax-onnx", "relax-tflite"}
    each = pinned.groupby(["image", "candidate", "scope"]).size()
    assert set(each) == {len(names)}  # one for each version; the other stacks have one row in all
    assert set(rows.groupby(["image", "candidate", "scope"]).size()) <= {1, len(names)}
