"""Twenty images, and the command that sweeps them on the fake programs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.testing.tiny import write_case, write_dark, write_image

COUNT = 20
Sweeping = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(COUNT - 1):
        write_image(folder / f"{number:02}.jpg", seed=number)
    write_dark(folder / "dark.png")
    return folder


@pytest.fixture
def sweep(fakes: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sweeping:
    """Runs `parity sweep` on a case with a candidate, in the folder of the test."""
    monkeypatch.setenv("PARITY_REFERENCE", "fake-reference")

    def go(
        *words: str, target: str = "calm", top: str = "", **how: Any
    ) -> subprocess.CompletedProcess[str]:
        candidate = f"stack = 'fake'\ntarget = '{target}'\nname = 'fake'"
        case = write_case(tmp_path, candidates=(candidate,), top=top)
        looks = ["--closer-worst=0", "--closer-sample=0"]
        command = [sys.executable, "-m", "harness.cli", "sweep", str(case), "--images", str(photos)]
        done = subprocess.run(
            [*command, *looks, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            **how,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return go
