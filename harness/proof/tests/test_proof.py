"""`parity prove`: faults are planted and found; what can't be used is told before any work."""

from pathlib import Path

import pytest

from harness.cases.candidate_words import parse
from harness.errors import UsageError
from harness.graphdef.model_file import read_model
from harness.proof.faults.planting import faults
from harness.proof.project import PlantedModel, write_project
from harness.proof.proof import compared, run_pytest
from harness.proof.small_net import small_net
from harness.results.status import Status
from harness.run.plan import plan_file
from harness.run.settings import settings_from
from harness.testing.fixtures import RunCommand
from harness.testing.sample_rows import make_row
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

KINDS = ("--kind", "softmax_twice", "--kind", "half_pixel_centers_flipped")


@pytest.mark.relay
def test_planted_faults_are_found_and_clean_rows_pass(
    relay_here: None, parity: RunCommand, tmp_path: Path
) -> None:
    """A model of the user's own too, whose file is called as the small net is."""
    photo = write_image(tmp_path / "photo.png", size=(80, 60))
    model = write_graph(tmp_path / "small-net.pb", decoder_graph())
    done = parity("prove", model, "--photo", photo, *KINDS, "--into", "proof.md")
    text = (tmp_path / "proof.md").read_text()
    assert done.returncode == 0, text + done.stderr
    assert "| material faults | 4 | 4 detected as `mismatch` |" in text
    assert "| clean rows | 4 | 0 false alarms |" in text
    assert "drops half_pixel_centers_flipped without a word" in text
    assert "| small-net | softmax_twice |" in text
    assert f"| {model} | softmax_twice |" in text


@pytest.mark.relax
def test_faults_are_found_in_todays_tvm(
    relax_here: None, parity: RunCommand, tmp_path: Path
) -> None:
    photo = write_image(tmp_path / "photo.png", size=(80, 60))
    done = parity("prove", "--photo", photo, *KINDS, "--into", "proof.md")
    text = (tmp_path / "proof.md").read_text()
    assert done.returncode == 0, text + done.stderr
    assert "| material faults | 2 | 2 detected as `mismatch` |" in text
    assert "relax-host" in text


WRONG_USE = {
    "unknown kind": (["--kind", "softmax_thrice"], "softmax_twice"),
    "no such photo": (["--clean-photo", "gone.png"], "photo gone.png can't be read"),
    "photo is no image": (["--photo", "text.png"], "photo text.png is no image"),
    "no such model": (["gone.pb"], "model gone.pb can't be read"),
    "model is no graph": (["photo.png"], "Expected a frozen GraphDef"),
    "into a folder": (["--into", "."], "--into . is a folder"),
    "into no folder": (["--into", "gone/proof.md"], "no file can be written in gone"),
    "into below a file": (["--into", "photo.png/proof.md"], "no file can be written in photo.png"),
    "unknown stack": (["--candidate", "rely-llvm"], "nearest: relay"),
    "absent stack": (["--candidate", "stack=absent"], "pip install no-such-distribution"),
}


@pytest.mark.parametrize("name", WRONG_USE)
def test_wrong_use_is_told_before_any_work(
    parity: RunCommand, fakes: Path, tmp_path: Path, name: str
) -> None:
    words, message = WRONG_USE[name]
    write_image(tmp_path / "photo.png")
    (tmp_path / "text.png").write_text("no image")
    environment = {"PARITY_REFERENCE": "fake-reference"}
    candidate = () if "--candidate" in words else ("--candidate", "stack=fake")
    done = parity("prove", "--photo", "photo.png", *words, *candidate, env=environment)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "", "pytest was not started"
    assert not (tmp_path / "proof.md").exists()


def test_every_fault_has_a_case_of_its_own_whatever_files_are_called(tmp_path: Path) -> None:
    """Names that begin with one another or are the same, and photos of two folders."""
    graph = small_net()
    file = read_model(write_graph(tmp_path / "a.pb", graph))
    suite = faults(graph, file.output, per_kind=1, kinds=KINDS[1::2])
    models = [PlantedModel(name, file, suite) for name in ("a", "a-0", "it's")]
    sized = read_model(write_graph(tmp_path / "b.pb", float_graph(shape=(None, 8, 8, 3))))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_image(tmp_path / folder / "photo [1].png")
    photos = [tmp_path / folder / "photo [1].png" for folder in ("one", "two")]
    candidates = [parse("stack=relay,target=llvm -mattr=+avx2,+fma,layout=NCHW"), parse("relay-o2")]
    bare = PlantedModel("b", sized, faults(sized.graph, sized.output, kinds=KINDS[1:2]))
    project = write_project(tmp_path, [*models, bare], photos, photos[:1], candidates)
    found = [
        (case.model, case.faults[task.candidate.id].kind, task.candidate.target)
        for case in project.planted
        for task in plan_file(case.path, settings_from())
    ]
    kinds = [fault.kind for fault in suite.faults] * len(photos)
    wanted = [(model.name, kind, candidates[0].target) for model in models for kind in kinds]
    assert sorted(entry for entry in found if entry[0] != "b") == sorted(wanted)
    (clean, *_) = plan_file(tmp_path / "cases" / "clean-0.toml", settings_from())
    assert (clean.candidate, clean.image.name) == (candidates[0], "photo_1_.png")
    assert clean.case.preprocess.size == (299, 299)
    (clean, *_) = plan_file(tmp_path / "cases" / "clean-3.toml", settings_from())
    assert clean.case.preprocess.size is None, "the graph's own"
    assert list(project.clean.values()) == ["a", "a-0", "it's", "b"]


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("pytest.ini", "[pytest]\naddopts = --no-such-option\n", 4),
        ("conftest.py", "def pytest_sessionstart(session): raise ValueError\n", 3),
        ("cases/test_x.py", "def test_x(): pass\n", 0),
    ],
)
def test_a_pytest_that_compared_nothing_proves_nothing(
    tmp_path: Path, file: str, text: str, code: int
) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / file).write_text(text)
    with pytest.raises(UsageError, match=f"nothing was proved: pytest ended with exit code {code}"):
        run_pytest(tmp_path)


def test_rows_that_compare_nothing_prove_nothing() -> None:
    rows = [make_row(), make_row(status=Status.MISSING_STACK, reason="install it")]
    assert compared(rows[:1]) == rows[:1]
    with pytest.raises(UsageError, match="1 of 2 rows were not compared; relay: missing_stack: in"):
        compared(rows)
