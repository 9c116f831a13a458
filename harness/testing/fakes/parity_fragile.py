"""A fake stack whose build ends the process where the graph has the operation Erfc.

`target` says how: `abort`, `hang`, or `refuse`, which raises.
"""

import os
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np

from harness.results.status import Status
from harness.stacks.protocol import BuildStep, Stack
from harness.stacks.standalone import StandaloneForm


def describe() -> Any:
    return {"version": "1.0"}


def answer(folder: Path, settings: dict[str, Any], value: Any) -> Any:
    data = (folder / "graph.pb").read_bytes()
    nodes = len(re.findall(rb"n\d+", data))
    if b"Erfc" in data:
        if settings["target"] == "abort":
            os.abort()
        if settings["target"] == "hang":
            threading.Event().wait()
        raise ValueError(f"no rule for Erfc among {nodes} nodes")
    return value


def build(payload: Any, _: Any) -> Any:
    folder = Path(payload["source"]).parent
    answer(folder, {"target": payload["target"]}, None)
    (Path(payload["folder"]) / "lib.bin").write_bytes(b"built")
    return {}, {}


class Zeros:
    def run(self, feeds: Any, outputs: Any) -> Any:
        (value,) = feeds.values()
        return {outputs[0]: np.zeros_like(value)}


def open_zeros(options: Any) -> Any:
    return Zeros()


FRAGILE = Stack(
    name="fragile",
    program="fragile",
    distributions=(("parity-fakes",),),
    remedy="",
    open=open_zeros,
    describe=describe,
    steps=(BuildStep("build", build, Status.COMPILE_FAILED, ("target",)),),
    standalone=(StandaloneForm("", answer, values=False),),
    observable=True,
)
