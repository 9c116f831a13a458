"""Worker-side functions that any stack's Program is driven with."""

import importlib
import statistics
import time
from typing import Any

import numpy as np

from harness.channel import Arrays
from harness.programs import Program

Answer = tuple[dict[str, Any], dict[str, Any]]
_OPEN: dict[str, Program] = {}


def _resolve(name: str) -> Any:  # noqa: ANN401  a function of a module named by a Stack
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def describe(payload: dict[str, Any], _: Arrays) -> Answer:
    """What the stack says of itself: payload {describe}."""
    return _resolve(payload["describe"])(), {}


def open_program(payload: dict[str, Any], _: Arrays) -> Answer:
    """Open a Program under a key: payload {key, open, options}."""
    if payload["key"] not in _OPEN:
        _OPEN.clear()  # one at a time: models are large and cases run one after another
        _OPEN[payload["key"]] = _resolve(payload["open"])(payload["options"])
    return {}, {}


def run(payload: dict[str, Any], arrays: Arrays) -> Answer:
    """Run once for the answer, then `repeats` times for the clock: payload {key,
    encoded, outputs, repeats}.

    The names in `encoded` are fed as bytes. The first run, which warms up, is the one whose
    outputs are returned; times are the median of the others, in milliseconds (NaN for none).
    """
    program = _OPEN[payload["key"]]
    encoded = set(payload["encoded"])
    feeds = {n: a.tobytes() if n in encoded else a for n, a in arrays.items()}
    wanted = payload["outputs"]
    outputs = {name: np.array(value) for name, value in program.run(feeds, wanted).items()}
    times = []
    for _ in range(payload["repeats"]):
        start = time.perf_counter()
        program.run(feeds, wanted)
        times.append(1e3 * (time.perf_counter() - start))
    return {"ms": statistics.median(times) if times else None}, outputs
