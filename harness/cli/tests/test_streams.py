"""The command with a stdout, stderr or working folder that can't be used: one message at most."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.testing.fixtures import Finished, RunCommand
from harness.testing.tiny import decoder_graph, write_graph, write_image

RUN = f'exec "{sys.executable}" -m harness.cli '
FAKE = ["--candidate", "stack=fake,target=calm"]


def shell(line: str, folder: Path) -> Finished:
    command = ["bash", "-c", line]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


UNUSABLE = {
    "stdout is closed": ("schema >&-", "stdout is closed"),
    "stdout is full": ("schema >/dev/full", "No space left on device"),
    "stdout is full, help": ("check --help >/dev/full", "No space left on device"),
    "no working folder": ("schema", "the working folder can't be read"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_can_not_be_used_is_one_message_and_exit_code_2(
    tmp_path: Path, fakes: Path, name: str
) -> None:
    words, message = UNUSABLE[name]
    gone = "mkdir gone && cd gone && rmdir ../gone && " if "folder" in name else ""
    done = shell(gone + RUN + words, tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", ["check gone.pb gone.jpg 2>&-", "check a.pb a.jpg 2>/dev/full"])
def test_messages_that_can_not_be_told_change_no_exit_code(
    tmp_path: Path, fakes: Path, words: str
) -> None:
    assert shell(RUN + words, tmp_path).returncode == 2


def test_a_reader_that_has_left_is_no_error(tmp_path: Path, fakes: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "schema"],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_program_never_gets_the_place_of_a_closed_stream(tmp_path: Path, fakes: Path) -> None:
    """Its channel would be replaced by the stream that it is started with."""
    write_graph(tmp_path / "model.pb", decoder_graph())
    write_image(tmp_path / "a.jpg")
    words = "check model.pb a.jpg --reference fake-reference --candidate stack=fake,target=calm"
    done = shell(f"{RUN}{words} <&- 2>&-", tmp_path)
    assert done.returncode == 0
    assert "match" in done.stdout


@pytest.mark.parametrize("subcommand", ["check", "explain", "bench"])
def test_a_character_that_the_encoding_lacks_is_replaced(
    parity: RunCommand, tmp_path: Path, fakes: Path, subcommand: str
) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    write_image(tmp_path / "a.jpg")
    images = ["--image", "a.jpg", "--rounds", "1"] if subcommand == "bench" else ["a.jpg"]
    environment = {"PYTHONIOENCODING": "ascii", "PARITY_REFERENCE": "fake-reference"}
    done = parity(subcommand, "model.pb", *images, *FAKE, env=environment)
    assert done.returncode == 0, done.stderr
    assert "?" in done.stdout
    assert done.stdout.isascii()
