"""`parity init`: what it writes is a case that pytest runs."""

import shlex
import tomllib
from pathlib import Path

import pytest

from harness.cases.case_file import load
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

FAKE = ("--candidate", "stack=fake,target=calm")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, fakes: Path) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "b.jpg", "c[1].jpg", "d.png"):
        write_image(tmp_path / "photos" / name)


def test_the_case_that_it_writes_runs(
    parity: RunCommand, run_pytest: RunCommand, tmp_path: Path
) -> None:
    done = parity("init", "model.pb", "photos/a.jpg", "photos/c[1].jpg", *FAKE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pytest model.toml" in done.stdout
    done = run_pytest("model.toml", "--parity-reference", "fake-reference", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_it_says_what_it_found_in_comments(parity: RunCommand, tmp_path: Path) -> None:
    parity("init", "model.pb", "photos/a.jpg", *FAKE)
    text = (tmp_path / "model.toml").read_text(encoding="utf-8")
    assert 'input = "DecodeJpeg/contents" # the bytes of an image file' in text
    assert 'output = "softmax:0" # 10 scores' in text
    assert "mean" not in tomllib.loads(text)["preprocess"]


def test_a_graph_of_floats_has_its_size_and_numbers(parity: RunCommand, tmp_path: Path) -> None:
    write_graph(tmp_path / "float.pb", float_graph(shape=(None, 8, 9, 3)))
    parity("init", "float.pb", "photos/a.jpg", "--mean", "127.5", *FAKE)
    case = load(tmp_path / "float.toml")
    assert case.preprocess.size == (8, 9)
    assert (case.preprocess.mean, case.preprocess.scale) == ((127.5,), (1.0,))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("a.jpg", "b.jpg", "c[1].jpg"), ["photos/*.jpg"]),
        (("a.jpg", "c[1].jpg", "d.png"), ["photos/a.jpg", "photos/c[[]1].jpg", "photos/d.png"]),
    ],
)
def test_all_images_of_a_folder_are_one_pattern(
    parity: RunCommand, tmp_path: Path, named: tuple[str, ...], expected: list[str]
) -> None:
    parity("init", "model.pb", *(f"photos/{name}" for name in named), *FAKE)
    assert [image.path for image in load(tmp_path / "model.toml").images] == expected


def test_what_lies_elsewhere_is_named_in_the_command(
    parity: RunCommand, run_pytest: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    done = parity("init", "model.pb", "photos/a.jpg", "--into", "mine/first.toml", *FAKE)
    words = done.stdout.splitlines()[-1].split()[1:]
    assert words.count("--parity-asset-root") == 2
    done = run_pytest(*words, "--parity-reference", "fake-reference", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("model.pb", "photos/a.jpg", "--into", "photos/a.jpg"), "exists; name another file"),
        (("model.pb", "photos/a.jpg", "--into", "no/x.toml"), "no is no folder; make it first"),
        (("model.pb", "photos/x.jpg"), "no image file photos/x.jpg"),
        (("model.pb", "photos/a.jpg", "--output", "sofmax"), "nearest: softmax"),
    ],
)
def test_wrong_use_writes_nothing(
    parity: RunCommand, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    before = sorted(tmp_path.rglob("*.*"))
    done = parity("init", *words, *FAKE)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert sorted(tmp_path.rglob("*.*")) == before


def test_code_of_ones_own_is_found_from_the_case_file(
    parity: RunCommand, run_pytest: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "ours.py").write_text("")
    (tmp_path / "there").mkdir()
    words = ("--candidate", "stack=fake,target=calm,build=ours.py:go", "--into", "there/c.toml")
    done = parity("init", "model.pb", "photos/a.jpg", *words)
    assert done.returncode == 0, done.stderr
    assert load(tmp_path / "there" / "c.toml").candidates[0].build == "../ours.py:go"
    (command,) = [line for line in done.stdout.splitlines() if "pytest there" in line]
    assert command.endswith("--parity-own-code")
    options = shlex.split(command[command.index("there") :])
    done = run_pytest(*options, "--parity-reference", "fake-reference", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
