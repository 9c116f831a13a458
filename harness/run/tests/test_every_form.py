"""One network in every form that people have it in, by programs that they built themselves too."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness import read_rows
from harness.execution.tests.test_frozen_models import MAKE
from harness.run.tests.test_own_builds import BUILDS
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_image

PHOTOS = 6
CASE = """
scopes = ["graph"]
[model]
path = "net.keras"
[preprocess]
size = [16, 16]
[[images]]
path = "photo-*.png"
"""
OWN = ("build = 'builds.py:ship'", "module = 'deploy.so'")
FORMS = {"tensorflow": "saved", "onnxruntime": "net.onnx", "tflite": "net.tflite"}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A folder with the network as a Keras file and a SavedModel, photos and a build function."""
    folder = tmp_path / "cases"
    folder.mkdir()
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True, env=environment)
    for seed in range(PHOTOS):
        write_image(folder / f"photo-{seed}.png", seed=seed, size=(30, 24))
    (folder / "builds.py").write_text(BUILDS)
    return folder


def rows(run_pytest: RunCommand, cases: Path, *candidates: str) -> pd.DataFrame:
    tables = "".join(f"[[candidates]]\n{one}\n" for one in candidates)
    (cases / "forms.toml").write_text(CASE + tables)
    options = ("--parity-own-code", "--parity-no-explain", "-p", "harness.plugin")
    cache = {"PARITY_CACHE": str(cases / "cache")}
    done = run_pytest("cases", *options, cwd=cases.parent, env=cache)
    assert done.returncode == 0, done.stdout
    return read_rows(cases.parent / "reports" / "latest")


@pytest.mark.slow
@pytest.mark.parametrize(
    "stack",
    [
        pytest.param("relay", marks=pytest.mark.relay),
        pytest.param("relax", marks=pytest.mark.relax),
    ],
)
def test_every_form_of_a_network_agrees_on_six_photos(
    request: pytest.FixtureRequest, run_pytest: RunCommand, cases: Path, stack: Any
) -> None:
    request.getfixturevalue(f"{stack}_here")
    converted = [f"stack = '{name}'" for name in ("onnxruntime", "tflite")]
    rows(run_pytest, cases, *converted, f"stack = '{stack}'\n{OWN[0]}")  # writes deploy.so
    for suffix in ("onnx", "tflite"):
        (written,) = (cases / "cache").rglob(f"model.{suffix}")
        (cases / f"net.{suffix}").write_bytes(written.read_bytes())
    found = rows(
        run_pytest,
        cases,
        f"stack = '{stack}'",
        *(f"stack = '{stack}'\n{own}" for own in OWN),
        *(f"stack = '{name}'\nmodel = {{path = '{file}'}}" for name, file in FORMS.items()),
    )
    assert len(found) == PHOTOS * (1 + len(OWN) + len(FORMS))
    assert set(found.status) <= {"match", "within_noise"}
    assert found.max_abs.max() < 1e-6
