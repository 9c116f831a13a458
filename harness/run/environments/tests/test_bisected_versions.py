"""A change planted in one of six versions is found, by running the case with few of them."""

import json
import os
import re
import shlex
import shutil
import sys
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.cli.bisect_versions import SearchWords, run
from harness.cli.environments import selected_cases
from harness.errors import UnusableEnvironmentError, UsageError
from harness.reports.read_rows import read_rows
from harness.run.environments.case_run import SelectedCases, run_cases_in
from harness.run.environments.environment import EnvironmentMaker
from harness.run.environments.release_search import (
    ReleaseSearch,
    ReleaseVerdict,
    most_environments,
)
from harness.run.environments.tests.fake_environments import add_python, add_uv, add_version
from harness.run.environments.uv_environment import UvEnvironment
from harness.run.settings import Settings
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.tiny import write_case

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5")
PLANTED = "1.2"


def _brighter(version: str) -> int:
    return 9 if version >= PLANTED else 0


@pytest.fixture
def cases(fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SelectedCases:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARITY_REFERENCE", "fake-reference")
    monkeypatch.setenv("PARITY_KEEP_SCORES", "0")
    file = write_case(tmp_path, candidates=["stack = 'fake-new'"], top="scopes = ['graph']")
    settings = Settings(reference="fake-reference", cache=tmp_path / "cache")
    return selected_cases([file], settings)


def _searched(cases: SelectedCases, make: Any) -> ReleaseVerdict:
    def run_version(version: str) -> Any:
        maker: EnvironmentMaker = make(version)
        return run_cases_in(maker, cases)

    return ReleaseSearch(VERSIONS, run_version, ("graph",)).search()


def _is_planted(found: ReleaseVerdict) -> None:
    assert (found.status, found.first_moved, found.last_same) == ("found", PLANTED, "1.1")
    assert found.environments <= most_environments(len(VERSIONS))
    assert found.comparison
    assert [pair.new.status for pair in found.comparison.regressions] == ["mismatch"]


@pytest.fixture
def bisect(parity: RunCommand, cases: SelectedCases, tmp_path: Path) -> RunCommand:
    """Runs `parity bisect-versions` where a fake uv has the six versions, but for 1.3."""
    for version in VERSIONS:
        folder = tmp_path / version
        add_python(add_version(folder, "fake-compiler", version, _brighter(version)))
    programs = add_uv(tmp_path)
    path = os.pathsep.join((os.environ["PYTHONPATH"], str(tmp_path / VERSIONS[-1])))
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": path}
    return lambda *words, **options: parity(
        *("bisect-versions", "cases/tiny.toml"), *words, env={**env, **options}
    )


SIX = ("--package", "Fake_Compiler", "--versions", ",".join(VERSIONS))


def test_the_planted_change_is_found_around_a_version_that_can_t_be_had(
    bisect: RunCommand, tmp_path: Path
) -> None:
    row = ("--row", "a.jpg[fake-new-llvm]", "--scope", "graph")
    done = bisect(*SIX, "--good", "1.0", "--bad", "1.5", *row)
    assert done.returncode == 0, done.stderr
    assert "found: 1.2 moves 1 of 1 rows" in done.stdout
    assert "same with 1.1, moved with 1.2" in done.stdout
    assert "cases/tiny a.jpg fake-new-llvm graph: match → mismatch: class 9" in done.stdout
    assert "6 releases, 4 environments" in done.stdout
    assert most_environments(len(VERSIONS)) == 4
    rows = read_rows(tmp_path / "reports" / "latest")
    found = dict(zip(rows["candidate_version"], rows["status"], strict=True))
    statuses = {"1.0": "match", "1.1": "match", "1.2": "mismatch", "1.3": "missing_stack"}
    assert found == statuses


SIX_VERSIONS = SearchWords("fake-compiler", "1.0", "1.5", ",".join(VERSIONS))


@pytest.mark.parametrize(
    ("asked", "row", "message"),
    [
        (replace(SIX_VERSIONS, good="0.9"), "", "--good 0.9 is no release that can be had"),
        (SIX_VERSIONS, "b.jpg[x]", r"cases/tiny.toml has no comparison 'b.jpg\[x\]'; known: a.jpg"),
        (replace(SIX_VERSIONS, also=("numpy 2",)), "", "--with takes a requirement"),
        (replace(SIX_VERSIONS, package="fake-compilr"), "", "fake-compilr is not installed here"),
    ],
)
def test_what_can_t_be_searched_is_refused_before_anything_runs(
    cases: SelectedCases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: SearchWords,
    row: str,
    message: str,
) -> None:
    monkeypatch.setenv("PATH", str(add_uv(tmp_path)))
    monkeypatch.syspath_prepend(add_version(tmp_path / "here", "fake-compiler", "1.5"))
    settings = Settings(reference="fake-reference", cache=tmp_path / "cache")
    with pytest.raises(UsageError, match=message):
        run(Path("cases/tiny.toml"), asked, row, ("graph",), settings, as_json=False)
    assert not (tmp_path / "reports").exists()


class _Index(BaseHTTPRequestHandler):
    """Lists releases of apache-tvm as an index does (PEP 691)."""

    def do_GET(self) -> None:
        versions = ("0.25.0", "0.26.0", "0.27.0", "0.28.0rc1")
        files = [{"filename": f"apache_tvm-{one}-py3-none-any.whl"} for one in versions]
        content = json.dumps({"files": files}).encode()
        self.send_response(200 if self.path == "/simple/apache-tvm/" else 404)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_the_command_of_the_readme_asks_the_index(
    parity: RunCommand, tmp_path: Path, cases: SelectedCases
) -> None:
    """With a uv that can't make an environment, so that nothing is compiled."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^parity (bisect-versions .*)$", readme, re.MULTILINE)
    installed = add_version(tmp_path / "installed", "apache-tvm", "0.27.0")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {
        "PATH": f"{add_uv(tmp_path)}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join((os.environ["PYTHONPATH"], str(installed))),
        "UV_DEFAULT_INDEX": f"http://127.0.0.1:{server.server_port}/simple",
        "NO_PROXY": "127.0.0.1",
    }
    words = (*shlex.split(command), "--report-dir", tmp_path / "reports", "--json")
    done = parity(*words, cwd=ROOT, env=env)
    server.shutdown()
    assert done.returncode == 1, done.stderr
    (found,) = json.loads(done.stdout)
    assert (found["status"], found["releases"], found["environments"]) == ("failed", 3, 1)
    reason = "environment apache-tvm-0.25.0 can't be made: uv pip, exit code 1: there is no wheel"
    assert found["reason"].startswith(reason)
    assert (Path(found["report"]) / "report.html").exists()


def _wheel(folder: Path, version: str) -> None:
    """One version of the fake compiler as a wheel."""
    made = add_version(folder / f"wheel-{version}", "fake-compiler", version, _brighter(version))
    about = f"fake_compiler-{version}.dist-info"
    (made / about / "WHEEL").write_text(
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    names = ("fake_compiler.py", f"{about}/METADATA", f"{about}/WHEEL")
    with zipfile.ZipFile(folder / f"fake_compiler-{version}-py3-none-any.whl", "w") as wheel:
        for name in names:
            wheel.write(made / name, name)
        record = "".join(f"{name},,\n" for name in (*names, f"{about}/RECORD"))
        wheel.writestr(f"{about}/RECORD", record)


@pytest.mark.slow
def test_environments_made_by_uv_from_six_wheels(
    cases: SelectedCases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has one wheel; what else the harness needs comes from here by PYTHONPATH."""
    scripts = str(Path(sys.executable).parent)
    if shutil.which("uv", path=os.pathsep.join((scripts, os.environ["PATH"]))) is None:
        pytest.skip("uv is not installed here: pip install uv")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for version in VERSIONS:
        _wheel(wheels, version)
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    here = [path for path in sys.path if path.endswith("site-packages")]
    path = os.pathsep.join([os.environ["PYTHONPATH"], *here])
    monkeypatch.setenv("PYTHONPATH", path)
    places = tmp_path / "environments"
    held = {"fake-compiler": VERSIONS[-1]}

    def make(version: str) -> UvEnvironment:
        return UvEnvironment("fake-compiler", version, places, held)

    _is_planted(_searched(cases, make))
    made = [folder for folder in places.iterdir() if (folder / "bin" / "python").exists()]
    assert 2 <= len(made) <= most_environments(len(VERSIONS))
    assert not list(places.glob("making-*"))
    before = {folder: folder.stat().st_mtime_ns for folder in made}
    _is_planted(_searched(cases, make))  # nothing is made again
    assert {folder: folder.stat().st_mtime_ns for folder in made} == before
    with pytest.raises(UnusableEnvironmentError, match=r"uv pip, exit code 1: .*fake-compiler==9"):
        make("9.0").make()
