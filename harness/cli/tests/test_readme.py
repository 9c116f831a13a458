"""Every command and example of the README runs."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from harness.cases.candidate_words import installed
from harness.cases.case import Case
from harness.cli.bench import CANDIDATES
from harness.history.history import History
from harness.results.status import Status
from harness.run.settings import OPTIONS
from harness.stacks.registry import all_stacks
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.sample_history import add_night
from harness.testing.sample_rows import make_row
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image
from harness.testing.tox_sections import LEFT_OUT, environments

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.strip().splitlines()]
RUN = [line for line in COMMANDS if re.match("parity (check|explain|locate|bench)", line)]
RELAX = [line for line in RUN if "relax" in line or "bench" in line]
STEPS = {"Decode": "decode", "Resize": "resize", "Import": "import", "Optimise": "optimize"}
EFFECT = re.compile(r"[+-]\d\.\de[+-]\d\d")
CHECKS = [line for line in RUN if line not in RELAX]


def test_there_is_something_to_test() -> None:
    assert len(CHECKS) >= 6
    assert sum(kind == "toml" for kind, _ in BLOCKS) >= 1


def test_tox_commands_name_environments_that_exist() -> None:
    words = [line.split("-e ")[1].split()[0] for line in COMMANDS if "tox run" in line]
    named = [word.split(",") for word in words]
    assert {name for names in named for name in names} <= environments()
    assert ["parity"] in named
    assert ["tests"] in named


def test_ci_runs_the_readmes_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    called = [
        name for names in re.findall(r"tox run.* -e (\S+)", script) for name in names.split(",")
    ]
    assert sorted(called) == sorted(n for n in environments() if not n.startswith(LEFT_OUT))


def test_the_extras_it_installs_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for line in COMMANDS:
        for named in re.findall(r"pip install -e '\.\[(\w+)\]'", line):
            assert named in extras


@pytest.mark.parametrize("example", [text for kind, text in BLOCKS if kind == "toml"])
def test_case_examples_are_valid(example: str) -> None:
    Case.model_validate(tomllib.loads(example))


def test_every_option_and_status_is_named() -> None:
    for option in OPTIONS:
        assert f"`{option.pytest_flag}`" in README
    for status in Status:
        assert f"`{status}`" in README
    assert "`relay`" in README
    assert "relay" in all_stacks()


@pytest.mark.relay
@pytest.mark.parametrize("command", CHECKS)
def test_check_commands_run(
    parity: RunCommand, relay_here: None, tmp_path: Path, command: str
) -> None:
    _check_runs(parity, tmp_path, command)


@pytest.mark.relax
@pytest.mark.parametrize("command", RELAX)
def test_commands_on_todays_tvm_run(
    parity: RunCommand, relax_here: None, tmp_path: Path, command: str
) -> None:
    _check_runs(parity, tmp_path, command)


@pytest.mark.relay
def test_the_first_case_file_runs(
    parity: RunCommand, run_pytest: RunCommand, relay_here: None, tmp_path: Path
) -> None:
    (block,) = [text for kind, text in BLOCKS if kind == "sh" and "parity init" in text]
    first, second = (shlex.split(line)[1:] for line in block.splitlines())
    _files(tmp_path)
    assert parity(*first).returncode == 0
    done = run_pytest(*second, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def _check_runs(parity: RunCommand, tmp_path: Path, command: str) -> None:
    _files(tmp_path)
    words = shlex.split(command)[1:]
    done = parity(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _found(done.stdout, words) == _promised(words)
    if "--report-dir" in command:
        assert (tmp_path / "reports" / "latest" / "report.html").exists()


def _files(folder: Path) -> None:
    """The files that the README's commands name."""
    write_graph(folder / "model.pb", decoder_graph())
    write_graph(folder / "quantised.pb", decoder_graph())
    write_image(folder / "photo.jpg", size=(300, 260))
    (folder / "labels.txt").write_text("".join(f"class {i}\n" for i in range(10)))


def _found(printed: str, words: list[str]) -> list[str]:
    """The status of each row that check or bench print; explain's steps; locate's verdict."""
    if "--json" in words:
        (row, *others) = json.loads(printed)
        if words[0] == "explain":
            return [step for step in STEPS.values() if isinstance(row[f"{step}_effect"], float)]
        return [one["status"] for one in (row, *others)]
    lines = [line.split() for line in printed.splitlines() if line.strip()]
    if words[0] == "explain":
        measured = (line for line in lines if EFFECT.fullmatch(" ".join(line[1:2])))
        return [STEPS[line[0]] for line in measured if line[0] in STEPS]
    if words[0] == "locate":
        return [line[0].removesuffix(":") for line in lines[1:2]]
    cells = (cell for line in lines for cell in (line if words[0] == "bench" else line[:1]))
    return [cell for cell in cells if cell in set(Status)]


def _promised(words: list[str]) -> list[str]:
    if words[0] == "explain":
        return list(STEPS.values())
    if words[0] == "locate":
        return ["clean"]
    if words[0] == "bench":
        return ["match"] * len(installed(CANDIDATES))
    return ["match"] * max(1, words.count("--candidate")) * (1 if "--scope" in words else 2)


HISTORY = [line for line in COMMANDS if re.match("parity (history|compare|accept)", line)]


@pytest.fixture
def nights(tmp_path: Path) -> Path:
    """A project of which two nights are kept, the second as the first."""
    pytest.importorskip("duckdb", reason="pip install 'parity-harness[history]'")
    history = History(tmp_path / "reports" / "history")
    for number in (0, 1):
        named = {"image": "chelsea.png", "candidate": "relay-llvm-nchw"}
        add_night(history, number, make_row(case="cases/embedded", **named))
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "embedded.toml").touch()
    return tmp_path


@pytest.mark.parametrize("command", HISTORY)
def test_commands_on_runs_run(parity: RunCommand, nights: Path, command: str) -> None:
    done = parity(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    named = "cases/expected.csv: 1 rows" if "accept" in command else "20260102T000000Z-000001"
    named = "no step and no flaky row" if "drift" in command else named
    assert named in done.stdout + done.stderr or "prune" in command


def test_the_readme_has_commands_on_runs() -> None:
    assert len(HISTORY) >= 6


def test_the_census_of_the_cases_here_is_taken(parity: RunCommand) -> None:
    """What is skipped depends on the stacks that are installed; what is excused does not."""
    assert "parity census cases" in COMMANDS
    done = parity("census", "cases", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\d+ of \d+ comparisons under full check \(.*excused", done.stdout)
    assert "rocket.jpg" in done.stdout


def _graph_rows(run_pytest: RunCommand, case: str, folder: Path, *options: str) -> pd.DataFrame:
    """The rows of scope graph that a passing run of a case leaves."""
    done = run_pytest(case, "--parity-report-dir", folder, *options, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    rows = pd.read_csv(folder / "latest" / "rows.csv")
    return rows[rows.scope == "graph"]


@pytest.mark.relay
@pytest.mark.xdist_group("album")
def test_the_main_job_gives_what_the_first_screen_promises(
    relay_here: None, run_pytest: RunCommand, tmp_path: Path
) -> None:
    """The embedded case, and `parity report` on what it left."""
    graph = _graph_rows(run_pytest, "cases/embedded.toml", tmp_path)
    assert len(graph) >= 4
    assert set(graph.status) <= {"match", "within_noise"}
    assert sum(graph.status == "match") >= 4
    assert graph.max_abs.max() < 5e-6
    assert Path(tmp_path / "latest" / "report.html").stat().st_size > 10_000


@pytest.mark.relax
@pytest.mark.xdist_group("nets")
def test_the_routes_to_todays_tvm_are_compared(
    relax_here: None, run_pytest: RunCommand, tmp_path: Path
) -> None:
    chosen = "chelsea or onnx-host or onnxruntime"
    words = ("cases/roads.toml", tmp_path, "--parity-no-explain", "-k", chosen)
    graph = _graph_rows(run_pytest, *words)
    assert set(graph["stack"]) == {"relax", "relax-onnx", "relax-tflite", "onnxruntime", "tflite"}
    known = (graph.image == "rocket.jpg") & graph["stack"].str.contains("onnx")
    assert set(graph[known].status) == {"mismatch"}  # the case file says why
    assert set(graph[~known].status) <= {"match", "within_noise"}


@pytest.mark.relax
@pytest.mark.parametrize("example", [text for kind, text in BLOCKS if kind == "python"])
def test_python_examples_run(relax_here: None, tmp_path: Path, example: str) -> None:
    write_graph(tmp_path / "model.pb", float_graph(shape=(None, 224, 224, 3)))
    command = [sys.executable, "-c", f"{example}\nprint(module)"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "R.nn.conv2d" in done.stdout


def test_the_filter_example_selects_one_item(run_pytest: RunCommand) -> None:
    (command,) = [line for line in COMMANDS if "-k chelsea" in line]
    words = [w for w in shlex.split(command)[1:] if w not in ("-n", "2")]
    done = run_pytest(*words, "--collect-only", "-q", cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert "chelsea.png[relay-llvm-nchw]" in done.stdout
    assert "coffee" not in done.stdout
