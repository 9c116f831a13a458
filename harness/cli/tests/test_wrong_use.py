"""Mistakes that need the model to be read: exit code 2, and nothing is built."""

from pathlib import Path

import pytest

from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

FAKE = ("--candidate", "stack=fake", "--reference", "fake-reference")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, fakes: Path) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    write_graph(tmp_path / "float.pb", float_graph())
    write_image(tmp_path / "a.jpg")
    (tmp_path / "labels.txt").write_text("owl\n" * 9)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "empty.json").write_text("{}")


MISTAKES = {
    "mean": (("--mean", "127.5"), "mean would do nothing"),
    "scale": (("--scale", "0.5"), "scale would do nothing"),
    "count of labels": (("--labels", "labels.txt"), "names 9 classes, but the model scores 10"),
    "binary labels": (("--labels", "binary.txt"), "not UTF-8"),
    "no labels": (("--labels", "empty.json"), "names no class at all"),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("command", ["check", "explain"])
def test_check_and_explain_say_it_before_anything_is_built(
    parity: RunCommand, fakes: Path, command: str, name: str
) -> None:
    words, message = MISTAKES[name]
    done = parity(command, "model.pb", "a.jpg", *FAKE, *words)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not fakes.read_text()


def test_bench_says_it_too(parity: RunCommand, fakes: Path) -> None:
    done = parity("bench", "model.pb", *FAKE, "--mean", "127.5")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "mean would do nothing" in done.stderr
    assert not fakes.read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("resample=zzz", "resample: expected 'nearest', 'box', 'bilinear', 'hamming', 'bicubic'"),
        ("decoder=opencv", "decoder: expected 'pillow' or 'tensorflow'; found 'opencv'"),
        ("size=0x5", "--size takes"),
        ("resmple=box", "nearest: resample"),
        ("resample=", "--with takes key=value"),
    ],
)
def test_a_wrong_change_names_what_is_allowed(
    parity: RunCommand, change: str, message: str
) -> None:
    done = parity("explain", "model.pb", "a.jpg", *FAKE, "--with", change)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "pydantic" not in done.stderr


@pytest.mark.parametrize("folder", ["a.jpg", "a.jpg/reports", "/proc/reports"])
def test_a_folder_of_reports_that_can_not_be_is_found_before_the_work(
    parity: RunCommand, fakes: Path, folder: str
) -> None:
    done = parity("check", "float.pb", "a.jpg", *FAKE, "--report-dir", folder)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "the run's folder can't be made" in done.stderr
    assert "Traceback" not in done.stderr
    assert not fakes.read_text()


def test_reports_that_get_lost_on_the_way_are_no_success(
    parity: RunCommand, tmp_path: Path, fakes: Path
) -> None:
    """The fake build replaces the folder of reports by a file."""
    done = parity(
        "check", "float.pb", "a.jpg", *FAKE[2:], "--candidate", "stack=fake,target=lose-build",
        "--report-dir", "reports", env={"PARITY_FAKE_LOST": str(tmp_path / "reports")},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "match" in done.stdout
    assert "can't be" in done.stderr


def test_the_tables_of_a_proof_need_a_folder(parity: RunCommand) -> None:
    done = parity("prove", "--photo", "a.jpg", "--into", "gone/proof.md")
    assert done.returncode == 2
    assert "--into gone/proof.md: no file can be written in gone; name another" in done.stderr
