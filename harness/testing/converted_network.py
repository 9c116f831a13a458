"""A network through the programs that compile nothing, and the files that it was converted to.

One run, which tests of several rooms share: it starts TensorFlow four times.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.proof.small_net import small_net
from harness.testing.fixtures import ROOT
from harness.testing.tiny import write_graph, write_image

PROGRAMS = ("tensorflow", "onnxruntime", "tflite")
"""Candidates that run a model as it is, or as a converter makes it."""
SIZE = (80, 72)
"""Width and height of the photo."""


@dataclass(frozen=True)
class ConvertedNetwork:
    """What the run left."""

    folder: Path
    """Has `model.pb`, `model.onnx`, `model.tflite` and `photo.png`."""
    cache: Path
    """The cache of the run."""
    rows: list[dict[str, Any]]
    """One for each program, of scope graph."""

    @classmethod
    def made_in(cls, folder: Path) -> "ConvertedNetwork":
        """Run the programs in an empty folder."""
        write_graph(folder / "model.pb", small_net())
        write_image(folder / "photo.png", size=SIZE)
        words = ["model.pb", "photo.png", "--scope", "graph", "--json"]
        words += [f"--candidate={name}" for name in PROGRAMS]
        cache = folder / "cache"
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", "check", *words],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PARITY_CACHE": str(cache)},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        for name in ("model.onnx", "model.tflite"):
            (found,) = cache.rglob(name)
            (folder / name).write_bytes(found.read_bytes())
        return cls(folder, cache, json.loads(done.stdout))
