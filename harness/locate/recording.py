"""Runs in the reference's worker: tensors of a graph, fetched in blocks, kept in files or compared.

One block of tensors is in memory at a time, of about BLOCK_BYTES.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from harness.execution.program_calls import OpenRequest, open_once
from harness.locate.rule import tensor_error
from harness.stacks.protocol import Arrays, function_path

BLOCK_BYTES = 16 << 20
"""Bytes of tensors that one run fetches, once the first block has shown how large they are."""
FIRST_BLOCK = 4
"""Tensors of the first block."""


class Fetch(TypedDict):
    """A tensor that is asked for."""

    tensor: str
    """Its name, `node:port`."""
    given: dict[str, str]
    """Tensors that are fed for it: name → `.npy` file."""
    save: str
    """File to write it to; empty: it is not kept."""
    against: str
    """File of a tensor of the same shape to take its error from; empty: none is."""


class RecordRequest(TypedDict):
    """What `record` is called with, beside the program and what is fed to all."""

    fetches: list[Fetch]
    """The tensors in running order."""
    dtype: str
    """Type in which `given` is fed: float32 or float64."""
    variants: list[dict[str, float]]
    """Scalars to feed besides: every tensor is fetched once for each; what is kept is the first's.
    """


def record(request: Mapping[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Fetch tensors block by block, with a program that is opened for this call alone.

    Returns `shapes` of those of type float32 or float64, which alone are kept, and `errors`, for
    each variant a `TensorError` as a list by tensor that was compared; raises whatever the program
    raises.
    """
    program_request: OpenRequest = request["program"]
    program = open_once(program_request)
    todo: list[Fetch] = list(request["fetches"])
    shapes: dict[str, list[int]] = {}
    variants: list[dict[str, float]] = request["variants"] or [{}]
    errors: list[dict[str, list[float]]] = [{} for _ in variants]
    count = FIRST_BLOCK
    while todo:
        block, todo = todo[:count], todo[count:]
        feeds = {**arrays, **_given(block, request["dtype"])}
        for number, scalars in enumerate(variants):
            fed = {name: np.array(value, np.float32) for name, value in scalars.items()}
            values = program.run({**feeds, **fed}, [fetch["tensor"] for fetch in block])
            for fetch in block:
                array = np.asarray(values.pop(fetch["tensor"]))
                if array.dtype in (np.float32, np.float64):
                    shapes[fetch["tensor"]] = list(array.shape)
                    _use(fetch, array, errors[number], keep=number == 0)
        count = _next_count(shapes, block)
    return {"shapes": shapes, "errors": errors}, {}


RECORD = function_path(record)
"""How a worker is asked for it."""


def _given(block: list[Fetch], dtype: str) -> dict[str, NDArray[Any]]:
    given = {name: file for fetch in block for name, file in fetch["given"].items()}
    return {f"{name}:0": np.load(file).astype(dtype) for name, file in given.items()}


def _use(fetch: Fetch, array: NDArray[Any], errors: dict[str, list[float]], *, keep: bool) -> None:
    if fetch["save"] and keep:
        np.save(Path(fetch["save"]), array, allow_pickle=False)
    if fetch["against"]:
        errors[fetch["tensor"]] = list(tensor_error(array, np.load(fetch["against"])))


def _next_count(shapes: Mapping[str, list[int]], block: list[Fetch]) -> int:
    """How many tensors as large as the largest of the last block make BLOCK_BYTES."""
    sizes = [int(np.prod(shapes.get(fetch["tensor"], [1]))) for fetch in block]
    return max(1, BLOCK_BYTES // (4 * max(sizes, default=1)))
