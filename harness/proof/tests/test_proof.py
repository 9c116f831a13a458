"""`parity prove`: faults are planted and found; what can't be used is told before any work."""

from pathlib import Path

import pytest

from harness.cases.candidate_words import parse
from harness.errors import UsageError
from harness.graphdef.model_file import ModelFile, read_model
from harness.proof.comparisons import compared, run_pytest
from harness.proof.measurements import Measurements
from harness.proof.project import ProofProject
from harness.proof.variants import Variants, Wanted, variants_of
from harness.results.status import Status
from harness.run.plan import plan_file
from harness.run.settings import settings_from
from harness.testing.fixtures import RunCommand
from harness.testing.sample_rows import make_row
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

KINDS = ("--kind", "softmax_twice", "--kind", "half_pixel_centers_flipped")
REWRITE = ("--rewrite", "softmax_by_hand")


@pytest.mark.relay
@pytest.mark.slow
def test_planted_faults_are_found_and_healthy_rows_pass(
    relay_here: None, parity: RunCommand, tmp_path: Path
) -> None:
    """A model of the user's own too, whose file is called as the small net is."""
    photo = write_image(tmp_path / "photo.png", size=(80, 60))
    model = write_graph(tmp_path / "small-net.pb", decoder_graph())
    done = parity("prove", model, "--photo", photo, *KINDS, *REWRITE, "--into", "proof.md")
    text = (tmp_path / "proof.md").read_text()
    assert done.returncode == 0, text + done.stderr
    assert "| faults of more than 10 times the noise | 4 | 4 found |" in text
    assert "| healthy rows | 4 | 0 false alarms |" in text
    assert "| softmax_by_hand | 2 | 0 |" in text
    assert "drops half_pixel_centers_flipped without a word" in text
    assert f"| {model} | 2 of 2 |" in text


@pytest.mark.relax
def test_faults_of_a_size_are_found_in_todays_tvm_and_kept(
    relax_here: None, parity: RunCommand, tmp_path: Path
) -> None:
    photo = write_image(tmp_path / "photo.png", size=(80, 60))
    sized = ("--kind", "weight_scaled", "--times", 30, "--rewrite", "none", "--keep", "kept",
             "--locate")  # fmt: skip
    words = ("--photo", photo, *sized, "--into")
    done = parity("prove", *words, "proof.md")
    text = (tmp_path / "proof.md").read_text()
    assert done.returncode == 0, text + done.stderr
    assert "| relax-host-packed | 1 of 1 |" in text
    assert "| small-net by relax-host-packed | 1 | 1 | 0 | 0 |" in text
    assert not any((tmp_path / "kept" / "builds").iterdir()), "modules of kept results go"
    again = parity("prove", *words, "again.md")
    assert (again.returncode, again.stdout) == (0, ""), "nothing is compared again"
    alone = parity("prove", "--keep", "kept", "--into", "alone.md")
    assert (alone.returncode, alone.stdout) == (0, "")
    assert (tmp_path / "again.md").read_text() == (tmp_path / "alone.md").read_text() == text


WRONG_USE = {
    "unknown kind": (["--kind", "softmax_thrice"], "softmax_twice"),
    "no such photo": (["--clean-photo", "gone.png"], "photo gone.png can't be read"),
    "photo is no image": (["--photo", "text.png"], "photo text.png is no image"),
    "no such model": (["gone.pb"], "model gone.pb can't be read"),
    "model is no graph": (["photo.png"], "Expected a frozen GraphDef"),
    "into a folder": (["--into", "."], "--into . is a folder"),
    "into no folder": (["--into", "gone/proof.md"], "no file can be written in gone"),
    "into below a file": (["--into", "photo.png/proof.md"], "no file can be written in photo.png"),
    "unknown rewrite": (["--rewrite", "softmax_by_foot"], "softmax_by_hand"),
    "no size": (["--times", "0"], "--times 0: expected how many times the noise"),
    "empty folder of photos": (["--clean-photo", "empty"], "folder empty holds no photo"),
    "keep below a file": (["--keep", "photo.png/kept"], "--keep photo.png/kept: no folder"),
    "unknown stack": (["--candidate", "rely-llvm"], "nearest: relay"),
    "stack not watched": (["--locate"], "the programs of stack 'fake' can't be observed"),
    "absent stack": (["--candidate", "stack=absent"], "pip install no-such-distribution"),
}


@pytest.mark.parametrize("name", WRONG_USE)
def test_wrong_use_is_told_before_any_work(
    parity: RunCommand, fakes: Path, tmp_path: Path, name: str
) -> None:
    words, message = WRONG_USE[name]
    write_image(tmp_path / "photo.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty").mkdir()
    environment = {"PARITY_REFERENCE": "fake-reference"}
    candidate = () if "--candidate" in words else ("--candidate", "stack=fake")
    done = parity("prove", "--photo", "photo.png", *words, *candidate, env=environment)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "", "pytest was not started"
    assert not (tmp_path / "proof.md").exists()


def test_tables_alone_need_kept_results(parity: RunCommand, tmp_path: Path) -> None:
    for words in ((), ("--keep", "gone"), ("model.pb", "--keep", ".")):
        done = parity("prove", *words)
        assert done.returncode == 2
        assert "no photo to try on: name one with --photo" in done.stderr
    (tmp_path / "job-a.json").write_text("{}")
    done = parity("prove", "--keep", ".")
    assert done.returncode == 2
    assert "job-a.json is no kept result of `parity prove`; remove it" in done.stderr


def test_variants_are_cases_of_their_own_whatever_files_are_called(tmp_path: Path) -> None:
    """Photos of two folders that are called alike, and a fault that the importer drops."""
    file = read_model(write_graph(tmp_path / "it's.pb", decoder_graph()))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_image(tmp_path / folder / "photo [1].png")
    photos = tuple(tmp_path / folder / "photo [1].png" for folder in ("one", "two"))
    route = parse("stack=relay,target=llvm -mattr=+avx2,+fma,layout=NCHW")
    project = ProofProject(tmp_path / "project", file, route, photos, 1)
    project.write_whole()
    kinds = (KINDS[1], KINDS[3], "weight_scaled")
    found = project.write_variants(_variants(file, kinds, tmp_path).tried)
    planned = {
        (task.name, task.candidate.id, str(task.image.name)): task
        for path in sorted(project.cases.glob("*.toml"))
        for task in plan_file(path, settings_from(), project.folder)
    }
    images = ["photo_1_.png", "1-photo_1_.png"]
    wanted = {
        (*row, image)
        for row, variant in found.items()
        for image in images[: 1 if variant.what == "fault" else 2]
    }
    assert set(planned) == wanted
    assert {task.candidate.target for task in planned.values()} == {route.target}
    whole = {key[1]: str(task.case.model.path) for key, task in planned.items()}
    (dropped,) = (row[1] for row, one in found.items() if one.kind == KINDS[3])
    assert {name for name, model in whole.items() if model != "whole.pb"} == {dropped}
    sized = read_model(write_graph(tmp_path / "b.pb", float_graph(shape=(None, 8, 8, 3))))
    for number, (model, size) in enumerate([(file, (299, 299)), (sized, None)]):
        other = ProofProject(tmp_path / f"sized-{number}", model, route, photos, 1)
        assert plan_file(other.write_whole(), settings_from())[0].case.preprocess.size == size


def _variants(file: ModelFile, kinds: tuple[str, ...], folder: Path) -> Variants:
    wanted = Wanted(kinds=kinds, rewrites=("softmax_by_hand", "batch_norm_folded"))
    return variants_of(file, wanted, Measurements(folder / "m.json"), lambda _: {"a": 1e3})


def test_what_was_asked_of_truth_is_asked_once(tmp_path: Path) -> None:
    """The sizes of faults too: another route takes what the file has."""
    file = read_model(write_graph(tmp_path / "a.pb", decoder_graph()))
    first = _variants(file, ("weight_scaled", "bn_epsilon"), tmp_path)
    assert first.inapplicable == ("batch_norm_folded", "bn_epsilon")
    assert [one.what for one in first.tried] == ["whole", "rewrite", "fault"]

    def refuse(graph: object) -> dict[str, float]:
        raise AssertionError("asked again")

    wanted = Wanted(("weight_scaled",), rewrites=("softmax_by_hand",))
    again = variants_of(file, wanted, Measurements(tmp_path / "m.json"), refuse)
    assert [one.times for one in again.tried] == [one.times for one in first.tried]


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
