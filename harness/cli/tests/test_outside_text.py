"""Text from label files, targets, paths and programs is shown as it is, and acts on nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from harness.cli.main import app
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.tiny import decoder_graph, write_graph, write_image

HOSTILE = "crane [red][/bird] :owl: \x1b[2J\x07\u202e"
SHOWN = r"crane [red][/bird] :owl: \x1b[2J\x07\u202e"
REFERENCE = {"PARITY_REFERENCE": "fake-reference", "COLUMNS": "400"}


@pytest.fixture
def words(tmp_path: Path, fakes: Path) -> list[str]:
    """A model whose file, and an image whose folder, have hostile names."""
    folder = tmp_path / HOSTILE.replace("/", "")
    folder.mkdir()
    write_graph(folder / "model.pb", decoder_graph())
    write_image(folder / "a.jpg")
    (tmp_path / "labels.txt").write_text(f"{HOSTILE}\n" * 10, encoding="utf-8")
    return [str(folder / "model.pb"), str(folder / "a.jpg")]


def candidate(target: str) -> list[str]:
    return ["--candidate", f"stack=fake,target={target}"]


def no_character_acts(text: str) -> bool:
    return all(character.isprintable() or character in "\n\t" for character in text)


@pytest.mark.parametrize("columns", ["400", "60"])
@pytest.mark.parametrize("subcommand", ["check", "explain"])
def test_labels_are_shown(
    parity: RunCommand, words: list[str], subcommand: str, columns: str
) -> None:
    options = ["--labels", "labels.txt", *candidate("[red]x[/y]")]
    done = parity(subcommand, *words, *options, env={**REFERENCE, "COLUMNS": columns})
    assert done.returncode == 0, done.stderr
    assert SHOWN[:20] in done.stdout
    assert no_character_acts(done.stdout + done.stderr)


def test_what_a_failing_program_says_is_shown(parity: RunCommand, words: list[str]) -> None:
    for subcommand in (["check", *words], ["bench", words[0], "--rounds", "1"]):
        done = parity(*subcommand, *candidate(f"say {HOSTILE}"), env=REFERENCE)
        assert done.returncode == 1, done.stderr
        assert f"say {SHOWN}" in done.stdout
        assert no_character_acts(done.stdout + done.stderr)


def test_doctor_shows_paths_and_remedies(parity: RunCommand, words: list[str]) -> None:
    done = parity("doctor", "--cache", f"cache{HOSTILE}", env=REFERENCE)
    assert f"cache{SHOWN}" in done.stdout, done.stderr
    assert "'parity-harness[" in done.stdout
    assert no_character_acts(done.stdout + done.stderr)


def test_a_message_shows_the_path_it_is_about(parity: RunCommand, fakes: Path) -> None:
    done = parity("check", HOSTILE, HOSTILE)
    assert done.returncode == 2
    assert SHOWN in done.stderr
    assert no_character_acts(done.stderr)


def test_a_path_that_is_no_utf8_is_shown(parity: RunCommand, words: list[str]) -> None:
    image = Path(words[1]).rename(Path(words[1]).with_name("photo-\udcff.jpg"))
    for options in (["--json"], ["--report-dir", "reports"]):
        done = parity("check", words[0], image, *options, *candidate("x"), env=REFERENCE)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


MAKERS = {"Console", "Text", "Progress", "TextColumn"}


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2]


def test_one_module_makes_what_rich_prints() -> None:
    """So that no text can reach rich's markup by another way."""
    makers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "harness").rglob("*.py")
        if "tests" not in path.parts and MAKERS.intersection(calls(path))
    ]
    assert makers == ["harness/cli/terminal.py"]


def help_texts(command: Any, name: str = "parity") -> Iterator[tuple[str, str]]:
    """The texts of a command and of everything below it, which typer reads as rich's markup."""
    texts = [command.help, *(getattr(one, "help", None) for one in command.params)]
    yield from ((name, text) for text in texts if text)
    for word, below in getattr(command, "commands", {}).items():
        yield from help_texts(below, f"{name} {word}")


def test_no_help_text_has_brackets_that_are_read_as_markup() -> None:
    texts = list(help_texts(typer.main.get_command(app)))
    assert len(texts) > 100
    assert [found for found in texts if "[" in found[1]] == []
