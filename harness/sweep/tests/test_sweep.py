"""Whole sweeps on the fake programs, by the command, through Dask."""

import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from harness.execution.session import RunSession
from harness.results.status import Status
from harness.run.pipeline import run
from harness.run.plan import plan_file
from harness.run.settings import Settings
from harness.sweep.parts import PARTS, read_sweep
from harness.sweep.tests.conftest import COUNT, Sweeping
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.tiny import write_case, write_image


def statuses(folder: Path) -> dict[tuple[str, str], str]:
    frame = read_sweep(folder)
    keys = list(zip(frame["image"], frame["scope"], strict=True))
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, frame["status"], strict=True))


def test_a_sweep_gives_the_verdicts_that_each_image_gets_by_itself(
    sweep: Sweeping, photos: Path, tmp_path: Path
) -> None:
    done = sweep(target="shifted-on-dark")
    assert done.returncode == 1, done.stderr
    found = statuses(tmp_path / "sweep")
    assert found["dark.png", "graph"] == "mismatch"
    assert len(found) == 2 * COUNT
    names = sorted(path.name for path in photos.iterdir())
    candidate = "stack = 'fake'\ntarget = 'shifted-on-dark'\nname = 'fake'"
    case = write_case(photos, images=[], candidates=(candidate,), top="", name="one")
    images = "".join(f"[[images]]\npath = '../{name}'\n" for name in names)
    case.write_text(images + case.read_text())
    settings = Settings(reference="fake-reference", cache=tmp_path / "cache", asset_root=(photos,))
    with RunSession(tmp_path / "b", reference_stack="fake-reference", explains=False) as session:
        rows = [r.row for task in plan_file(case, settings) for r in run(task, session)]
    assert found == {(row.image, row.scope): row.status.value for row in rows}


def test_an_image_that_ends_the_program_is_a_row_and_the_others_have_theirs(
    sweep: Sweeping, tmp_path: Path
) -> None:
    done = sweep(target="abort-run-on-dark")
    assert done.returncode == 1, done.stderr
    found = statuses(tmp_path / "sweep")
    assert {key for key, status in found.items() if status == Status.CRASHED} == {
        ("dark.png", "graph"),
        ("dark.png", "end_to_end"),
    }
    assert len(found) == 2 * COUNT


def test_an_image_that_ends_the_schedulers_worker_is_a_row_too(
    sweep: Sweeping, tmp_path: Path
) -> None:
    done = sweep(target="sigkillparent-run-on-dark")
    assert done.returncode == 1, done.stderr
    found = statuses(tmp_path / "sweep")
    crashed = [key for key, status in found.items() if status == Status.CRASHED]
    assert crashed == [("dark.png", "graph"), ("dark.png", "end_to_end")]
    assert len(found) == 2 * COUNT


@pytest.mark.parametrize(("how", "code"), [("kill", -signal.SIGKILL), ("interrupt", 130)])
def test_a_sweep_that_was_ended_goes_on(
    sweep: Sweeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, code: int
) -> None:
    victim = tmp_path / "victim"
    monkeypatch.setenv("PARITY_FAKE_VICTIM", str(victim))

    def become_victim() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        victim.write_text(str(os.getpid()))

    target = f"{how}victim-run-on-dark"
    ended = sweep(target=target, preexec_fn=become_victim)
    assert ended.returncode == code
    assert ("go on with the same command and --resume" in ended.stderr) == (how == "interrupt")
    victim.unlink()
    again = sweep("--resume", target=target)
    assert again.returncode == 0, again.stderr
    assert len(statuses(tmp_path / "sweep")) == 2 * COUNT


def test_a_sweep_of_more_images_runs_what_is_new(
    sweep: Sweeping, photos: Path, tmp_path: Path
) -> None:
    first = sweep("--limit=10")
    assert first.returncode == 0
    assert "The deployed program: decode by pillow." in first.stdout
    write_image(photos / "new.jpg", seed=99)
    write_image(photos / "00.jpg", seed=100)
    again = sweep("--resume")
    assert again.returncode == 0, again.stderr
    assert len(statuses(tmp_path / "sweep")) == 2 * (COUNT + 1)
    record = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert (record["finished"], record["reused"]) == (COUNT + 1, 9)


def test_a_folder_with_a_sweep_is_not_written_over(sweep: Sweeping, tmp_path: Path) -> None:
    assert sweep("--limit=2").returncode == 0
    parts = sorted((tmp_path / "sweep" / PARTS).iterdir())
    refused = sweep("--limit=2")
    assert refused.returncode == 2
    assert "add --resume" in refused.stderr
    assert sorted((tmp_path / "sweep" / PARTS).iterdir()) == parts
    gates = "[gates]\nmax_mismatches = 0\nmin_top1_agreement = 0.9"
    again = sweep("--limit=4", "--resume", "--json", top=gates)
    assert again.returncode == 3, again.stderr
    *groups, _, _, _, _ = found = json.loads(again.stdout)
    assert [(one["group"]["scope"], one["images"]) for one in groups] == [
        ("end_to_end", 4),
        ("graph", 4),
    ]
    assert [(one["gate"], one["decision"]["outcome"]) for one in found[2:]] == [
        ("min_top1_agreement", "inconclusive"),
        ("max_mismatches", "pass"),
    ] * 2
    record = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert (record["selected"], record["finished"], record["reused"]) == (4, 4, 2)


def test_rows_have_the_types_of_the_columns(sweep: Sweeping, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("path,label\n00.jpg,3\n01.jpg,\n")
    assert sweep("--limit=3", "--labels-of=truth.csv").returncode == 0
    frame = read_sweep(tmp_path / "sweep")
    assert frame["true_class"].dtype == "Int64"
    assert frame["true_class"].tolist() == [3, 3, pd.NA, pd.NA, pd.NA, pd.NA]
    assert frame["top1_equal"].dtype == "boolean"
    assert len(frame["reference_topk"].iloc[0]) == 5
    assert ROOT.is_dir()


GATES = "[gates]\nmin_top1_agreement = 0.2\n"


def test_a_sweep_stops_once_its_gates_are_decided(
    sweep: Sweeping, photos: Path, tmp_path: Path
) -> None:
    for number in range(400):
        (photos / f"more-{number:03}.jpg").write_bytes((photos / "00.jpg").read_bytes())
    done = sweep("--stop-when-decided", top=GATES)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert record["selected"] == COUNT + 400
    assert 16 <= record["finished"] < COUNT + 400
    assert len(statuses(tmp_path / "sweep")) == 2 * record["finished"]
    assert "Stopped once the gates were decided, by 16 of 420 images" in done.stdout
    page = (tmp_path / "sweep" / "sweep.html").read_text()
    assert "The figures are of these, which are a random part of all." in page
    again = sweep("--stop-when-decided", "--resume", top=GATES)
    assert again.returncode == 0, again.stderr
    after = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert after["reused"] == after["finished"] == 16
    assert len(statuses(tmp_path / "sweep")) == 2 * record["finished"]


def test_stopping_early_needs_something_to_decide(sweep: Sweeping) -> None:
    done = sweep("--stop-when-decided")
    assert done.returncode == 2
    assert "[gates]" in done.stderr


def test_a_typed_module_is_looked_for_where_the_command_runs(
    parity: RunCommand, fakes: Path, photos: Path, tmp_path: Path
) -> None:
    write_case(tmp_path)
    (tmp_path / "deploy.so").touch()
    words = ("--images", str(photos), "--limit=1", "--reference", "fake-reference")
    module = "stack=fake,module=deploy.so"
    done = parity("sweep", "cases/model.pb", "--candidate", module, *words)
    assert done.returncode == 1, done.stderr
    assert set(statuses(tmp_path / "sweep").values()) == {"run_failed"}
