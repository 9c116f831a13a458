"""`parity prove` on the small net: two kinds of fault are planted, found, and told in a table."""

from pathlib import Path

import pytest

from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_image

pytestmark = [pytest.mark.relay, pytest.mark.usefixtures("relay_here")]


def test_planted_faults_are_found_and_clean_rows_pass(parity: RunCommand, tmp_path: Path) -> None:
    photo = write_image(tmp_path / "photo.png", size=(80, 60))
    kinds = ("--kind", "softmax_twice", "--kind", "half_pixel_centers_flipped")
    done = parity("prove", "--photo", photo, *kinds, "--into", tmp_path / "proof.md")
    text = (tmp_path / "proof.md").read_text()
    assert done.returncode == 0, text + done.stderr
    assert "| material faults | 2 | 2 detected as `mismatch` |" in text
    assert "| clean rows | 2 | 0 false alarms |" in text
    assert "drops half_pixel_centers_flipped without a word" in text
    assert "| small-net | softmax_twice |" in text


def test_an_unknown_kind_is_wrong_use(parity: RunCommand, tmp_path: Path) -> None:
    photo = write_image(tmp_path / "photo.png")
    done = parity("prove", "--photo", photo, "--kind", "softmax_thrice")
    assert done.returncode == 2
    assert "softmax_twice" in done.stderr
