"""Worker-side functions that any stack's Program is driven with."""

import importlib
import statistics
import time
from typing import Any

import numpy as np

from harness.stacks.protocol import Arrays, Program

Answer = tuple[dict[str, Any], dict[str, Any]]
_OPEN: dict[str, Program] = {}
MAX_OPEN = 4
"""How many programs stay open: a model, its float64 twin, and what they are compared with."""


def _resolve(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def describe(payload: dict[str, Any], _: Arrays) -> Answer:
    """What the stack says of itself: payload {describe}."""
    return _resolve(payload["describe"])(), {}


def load(payload: dict[str, Any], _: Arrays) -> Answer:
    """Import modules ahead of their use: payload {modules}."""
    for module in payload["modules"]:
        importlib.import_module(module)
    return {}, {}


def run(payload: dict[str, Any], arrays: Arrays) -> Answer:
    """Run once for the answer, then `repeats` times for the clock.

    Payload: program {key, open, options}, encoded, outputs, repeats. The names in `encoded` are fed
    as bytes. The first run, which warms up, is the one whose outputs are returned; `ms` is the
    median time of the others, `spread` their largest distance from it, both None without repeats.
    """
    program = _opened(payload["program"])
    encoded, wanted = set(payload["encoded"]), payload["outputs"]
    feeds = {n: a.tobytes() if n in encoded else a for n, a in arrays.items()}
    outputs = {name: np.array(value) for name, value in program.run(feeds, wanted).items()}
    times, spreads = [], []
    for _ in range(payload["repeats"]):
        start = time.perf_counter()
        again = program.run(feeds, wanted)
        times.append(1e3 * (time.perf_counter() - start))
        spreads.append(max(_distance(outputs[name], again[name]) for name in wanted))
    ms, spread = (statistics.median(times), max(spreads)) if times else (None, None)
    return {"ms": ms, "spread": spread}, outputs


def _opened(asked: dict[str, Any]) -> Program:
    """The program of that key, opened where it is not; the least recently used one goes."""
    program = _OPEN.pop(asked["key"], None) or _resolve(asked["open"])(asked["options"])
    _OPEN[asked["key"]] = program
    while len(_OPEN) > MAX_OPEN:
        del _OPEN[next(iter(_OPEN))]
    return program


def _distance(first: Any, again: Any) -> float:
    """Largest |a − b| over the finite values; equal NaN and Inf are no distance."""
    first, again = np.asarray(first, np.float64), np.asarray(again, np.float64)
    finite = np.isfinite(first) & np.isfinite(again)
    return float(np.abs(first[finite] - again[finite]).max(initial=0.0))
