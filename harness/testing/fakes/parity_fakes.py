"""Two fake programs that need no framework: a reference, and a candidate that fails on request.

Installed the way any third party's stack is: by an entry point of the group `parity.stacks`.
The candidate's target names what goes wrong: `fail-build`, `hang-run`, `nan`, …
"""

import errno
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from parity_failures import misbehave

from harness.results.status import Status
from harness.stacks.protocol import BuildStep, Stack

CLASSES = 10
ON_DARK, DARK = "-on-dark", 10


def describe() -> Any:
    return {"version": "1.0", "host_target": "fake-host", "devices": {"cuda": False}}


def scores(pixels: Any) -> Any:
    """A softmax over ten brightness features of `[H, W, 3]` pixels."""
    pixels = np.asarray(pixels, np.float64).reshape(-1, 3)
    quantiles = np.quantile(pixels, [0, 0.3, 0.6, 1])
    features = np.concatenate([pixels.mean(0), pixels.std(0), quantiles])
    powers = np.exp(features / 40 - (features / 40).max())
    return (powers / powers.sum()).astype(np.float32)[np.newaxis]


def _sample_and_image(feeds: Any) -> Any:
    """The number of a sample of rounding errors (0 for none), and the image."""
    images = [value for value in feeds.values() if isinstance(value, bytes) or value.ndim]
    samples = [float(value) for value in feeds.values() if value is not images[0]]
    return (samples or [0.0])[0], images[0]


class FakeReference:
    def __init__(self, unstable: bool = False, kind: str = "", failure: str = "") -> None:
        self.unstable, self.kind, self.failure, self.runs = unstable, kind, failure, 0

    def run(self, feeds: Any, outputs: Any) -> Any:
        misbehave(self.failure, "run")
        sample, value = _sample_and_image(feeds)
        self.runs += 1
        if log := os.environ.get("PARITY_FAKE_REFERENCE_LOG"):  # one line a run
            with Path(log).open("a") as lines:
                lines.write(f"{outputs[0]} of {type(value).__name__}\n")
        if isinstance(value, bytes):  # its own decoder is one level brighter than Pillow
            image = PIL.Image.open(io.BytesIO(value)).convert("RGB")
            value = np.asarray(image).astype(np.int16) + 1
            if outputs[0].startswith("Decode"):
                return {outputs[0]: np.minimum(value, 255).astype(np.uint8)}
        answer = scores(value)
        answer *= 1 + np.float32(1e-7 * sample) * np.sin(np.arange(CLASSES) + sample)
        answer = np.roll(answer, self.runs) if self.unstable else answer
        return {outputs[0]: (100 * answer).astype(self.kind) if self.kind else answer}


class FakeCandidate:
    def __init__(self, target: Any, brighter: int = 0) -> None:
        self.target, self.brighter = target, brighter

    def run(self, feeds: Any, outputs: Any) -> Any:
        (value,) = feeds.values()
        target = self._target(np.asarray(value))
        misbehave(target, "run")
        answer = scores(np.asarray(value) + np.float64(self.brighter))
        answer *= 1 + np.float32(1e-7) * np.cos(np.arange(CLASSES, dtype=np.float32))
        wrong = {
            "nan": lambda: np.where(np.arange(CLASSES) == 3, np.nan, answer),
            "all-nan": lambda: np.full_like(answer, np.nan),
            "shifted": lambda: np.roll(answer, 1),
            "louder": lambda: answer + np.float32(0.01),
            "short": lambda: answer[:, :4],
            "zeros": lambda: np.zeros_like(answer),
            "empty": lambda: answer[:, :0],
        }
        return {outputs[0]: wrong.get(target, lambda: answer)()}

    def _target(self, value: Any) -> str:
        """`abort-run-on-dark` does so for dark images alone."""
        if not str(self.target).endswith(ON_DARK):
            return self.target
        return self.target.removesuffix(ON_DARK) if value.max() < DARK else "calm"


def open_reference(options: Any) -> Any:
    data = Path(options["graph"]).read_bytes()
    if b"broken-reference" in data:
        raise ValueError("the fake reference refuses this graph")
    kinds = {b"whole-scores": "int64", b"flag-scores": "bool", b"text-scores": "str"}
    kind = next((kind for text, kind in kinds.items() if text in data), "")
    failure = re.search(rb"reference:(\w+-(?:run|open))", data)
    name = failure[1].decode() if failure else ""
    misbehave(name, "open")
    return FakeReference(unstable=b"unstable-reference" in data, kind=kind, failure=name)


def open_candidate(options: Any) -> Any:
    misbehave(options["target"], "open")
    return FakeCandidate(options["target"])


def do_convert(payload: Any, _: Any) -> Any:
    data = Path(payload["source"]).read_bytes()
    (Path(payload["folder"]) / "model.converted").write_bytes(data)
    return {}, {}


def import_converted(payload: Any, _: Any) -> Any:
    data = (Path(payload["source"]) / "model.converted").read_bytes()
    (Path(payload["folder"]) / "module.bin").write_bytes(data)
    return {}, {}


def open_imported(options: Any) -> Any:
    data = (Path(options["artefacts"]) / "lib.bin").read_bytes()
    return FakeCandidate(options["target"], brighter=0 if b"brighter-converted" in data else 9)


class ConvertedModel:
    """Another decoder's pixels are 1 brighter already; a conversion makes them 9 brighter."""

    def run(self, feeds: Any, outputs: Any) -> Any:
        (value,) = feeds.values()
        return {outputs[0]: scores(np.asarray(value).astype(np.int16) + 9)}


def open_converted(options: Any) -> Any:
    data = (Path(options["artefacts"]) / "model.converted").read_bytes()
    if b"unrunnable" in data:
        raise NotImplementedError("the fake interpreter lacks the operation unrunnable")
    return ConvertedModel()


def do_import(payload: Any, _: Any) -> Any:
    data = Path(payload["source"]).read_bytes()
    if b"unknown-op" in data:
        raise NotImplementedError("The following operators are not implemented: {'unknown-op'}")
    if b"full-disk" in data:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), payload["folder"])
    (Path(payload["folder"]) / "module.bin").write_bytes(data)
    return {}, {}


def do_build(payload: Any, _: Any) -> Any:
    misbehave(payload["target"], "build")
    with Path(os.environ["PARITY_FAKE_LOG"]).open("a") as log:  # one line a build
        log.write(f"{payload['target']}-o{payload['opt_level']}\n")
    data = (Path(payload["source"]) / "module.bin").read_bytes()
    (Path(payload["folder"]) / "lib.bin").write_bytes(data)
    return {"remarks": ["kernel 7 stays slow"] if payload["target"] == "remark" else []}, {}


REFERENCE = Stack(
    name="fake-reference",
    program="fake-reference",
    distributions=(("parity-fakes",),),
    remedy="",
    open=open_reference,
    describe=describe,
)
CANDIDATE = Stack(
    name="fake",
    program="fake",
    distributions=(("parity-fakes",),),
    remedy="",
    open=open_candidate,
    describe=describe,
    steps=(
        BuildStep("import", do_import, Status.IMPORT_FAILED, ("layout", "shape")),
        BuildStep(
            "build",
            do_build,
            Status.COMPILE_FAILED,
            ("target", "opt_level"),
            same_process=True,
        ),
    ),
)
CONVERTING = Stack(
    name="fake-converting",
    program="fake",
    distributions=(("parity-fakes",),),
    remedy="",
    open=open_imported,
    describe=describe,
    steps=(
        BuildStep("convert", do_convert, Status.CONVERT_FAILED, ("input", "output")),
        BuildStep("import", import_converted, Status.IMPORT_FAILED, ("shape",)),
        BuildStep("build", do_build, Status.COMPILE_FAILED, ("target", "opt_level")),
    ),
    converted=open_converted,
)
ABSENT = Stack(
    name="absent",
    program="absent",
    distributions=(("no-such-distribution",),),
    remedy="Install it: pip install no-such-distribution",
    open=open_candidate,
    describe=describe,
)
