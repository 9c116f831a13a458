"""The `parity` command as a person types it, on the fake programs where the logic is enough."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, write_case, write_graph, write_image


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write_graph(tmp_path / "model.pb", decoder_graph()), write_image(tmp_path / "a.jpg")


WRONG_USE = {
    "no such model": (["gone.pb", "a.jpg"], "no model file gone.pb"),
    "no such image": (["model.pb", "gone.jpg"], "no image file gone.jpg"),
    "image as model": (["a.jpg", "a.jpg"], "Expected a frozen GraphDef"),
    "wrong output": (["model.pb", "a.jpg", "--output", "softmx"], "nearest: softmax"),
    "wrong input": (["model.pb", "a.jpg", "--input", "DecodeJpg"], "nearest: DecodeJpeg"),
    "wrong stack": (["model.pb", "a.jpg", "--candidate", "rely-llvm"], "nearest: relay"),
    "wrong key": (["model.pb", "a.jpg", "--candidate", "stack=relay,taget=x"], "taget"),
    "wrong size": (["model.pb", "a.jpg", "--size", "big"], "--size takes"),
    "wrong mean": (["model.pb", "a.jpg", "--mean", "x"], "--mean takes"),
    "wrong scope": (["model.pb", "a.jpg", "--scope", "all"], "'graph' or 'end_to_end'"),
    "wrong resample": (["model.pb", "a.jpg", "--resample", "cubic"], "bicubic"),
    "no such labels": (["model.pb", "a.jpg", "--labels", "gone.txt"], "no label file gone.txt"),
    "no such candidate model": (["model.pb", "a.jpg", "--candidate-model", "gone.pb"], "gone.pb"),
    "no image": (["model.pb"], "IMAGE"),
    "unknown zoo": (["zoo:lenet", "a.jpg"], "efficientnet-lite0"),
}


@pytest.mark.parametrize("name", WRONG_USE)
def test_wrong_use_is_one_message_without_a_traceback_and_exit_code_2(
    parity: RunCommand, files: tuple[Path, Path], name: str
) -> None:
    words, message = WRONG_USE[name]
    done = parity("check", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b"hello\n", "text file"), (None, "cut short")],
    ids=["empty", "text", "truncated"],
)
def test_a_file_that_is_no_model_is_wrong_use(
    parity: RunCommand, files: tuple[Path, Path], content: bytes | None, message: str
) -> None:
    model, image = files
    model.write_bytes(model.read_bytes()[:500] if content is None else content)
    done = parity("check", model, image)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_schema_accepts_the_cases_that_come_with_the_project(
    parity: RunCommand, pytestconfig: pytest.Config
) -> None:
    import tomllib

    schema = json.loads(parity("schema").stdout)
    cases = sorted((pytestconfig.rootpath / "cases").glob("*.toml"))
    assert len(cases) >= 2
    for case in cases:
        jsonschema.validate(tomllib.loads(case.read_text()), schema)


def test_version(parity: RunCommand) -> None:
    assert parity("--version").stdout.startswith("parity 0.")


@pytest.mark.relay
def test_doctor_names_what_works_and_what_to_install(
    parity: RunCommand, relay_here: None, fakes: Path
) -> None:
    done = parity("doctor")
    assert done.returncode == 0, done.stderr
    assert "2.21" in done.stdout
    assert "llvm -mcpu=" in done.stdout
    words = " ".join(done.stdout.replace("│", " ").split())
    assert "pip install no-such-distribution" in words
    assert "raised ModuleNotFoundError: No module named 'parity_fakes_gone'" in words


@pytest.fixture
def project(tmp_path: Path, fakes: Path) -> Path:
    """A project with the fake programs."""
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
    return tmp_path


def test_report_writes_a_run_again_and_merges_several(
    project: Path, run_pytest: RunCommand, parity: RunCommand
) -> None:
    for name, target in (("first", "calm"), ("second", "shifted")):
        write_case(project, candidates=(f"stack = 'fake'\ntarget = '{target}'",), name=name)
        run_pytest(f"cases/{name}.toml", cwd=project)
    runs = sorted((project / "reports").glob("2*"))
    (runs[0] / "rows.csv").unlink()
    done = parity("report", runs[0])
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(runs[0] / "rows.csv").case) == {"cases/first"}
    done = parity("report", *runs)
    assert done.returncode == 0, done.stderr
    merged = next(line for line in done.stdout.splitlines() if line.endswith("rows.csv"))
    assert set(pd.read_csv(merged).case) == {"cases/first", "cases/second"}


def test_report_of_what_is_no_run_is_wrong_use(parity: RunCommand, tmp_path: Path) -> None:
    done = parity("report", tmp_path / "gone")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 4 KiB."""
    folder = tmp_path / "full"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a tiny disk can't be mounted here: not root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_costs_the_report_not_the_rows(
    project: Path, run_pytest: RunCommand, tmp_path: Path, full_disk: Path
) -> None:
    """The report folder can't be written; the run says so and writes elsewhere."""
    write_case(project, candidates=("stack = 'fake'\ntarget = 'calm'",))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run_pytest(
        "cases", "--parity-report-dir", full_disk, cwd=project, env={"TMPDIR": str(elsewhere)}
    )
    assert "No space left on device" in done.stdout
    assert "free some space" in done.stdout
    (rows,) = elsewhere.glob("parity-reports-*/2*/rows.csv")
    assert list(pd.read_csv(rows).status) == ["match", "match"]
    assert f"report: {rows.with_name('report.html')}" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_cache_on_a_full_disk_costs_the_candidate_not_the_run(
    project: Path, run_pytest: RunCommand, full_disk: Path
) -> None:
    write_case(project, candidates=("stack = 'fake'\ntarget = 'calm'",))
    done = run_pytest("cases", cwd=project, env={"PARITY_CACHE": str(full_disk)})
    rows = pd.read_csv(project / "reports" / "latest" / "rows.csv")
    assert set(rows.status) == {"no_evidence"}
    assert rows.reason.str.contains("No space left on device").all()
    assert rows.reason.str.contains("PARITY_CACHE").all()
    assert "INTERNALERROR" not in done.stdout
