"""Messages between the harness and its workers: JSON and raw arrays, never pickle.

A compiler under test may be made to write anything; what it writes must not run on this side.
"""

import json
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stacks.protocol import Arrays

MAX_HEADER_BYTES = 64 << 20
"""Largest message without its arrays."""
MAX_ARRAY_BYTES = 2 << 30
"""Largest array."""


class MalformedError(Exception):
    """What arrived is no message: the other side wrote something of its own, or is damaged."""


def send(connection: Connection, payload: Mapping[str, object], arrays: Arrays) -> None:
    """Send one message; `payload` must be plain JSON values."""
    blocks = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    shapes = [[name, block.dtype.str, list(block.shape)] for name, block in blocks.items()]
    connection.send_bytes(json.dumps({"payload": dict(payload), "arrays": shapes}).encode())
    for block in blocks.values():
        connection.send_bytes(block.tobytes())


def receive(connection: Connection) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Receive one message; EOFError where the other side is gone, MalformedError for no message."""
    try:
        header = json.loads(_block(connection, MAX_HEADER_BYTES))
        payload, arrays = dict(header["payload"]), {}
        for name, dtype, shape in header["arrays"]:
            if np.dtype(dtype).kind not in "biuf":
                raise MalformedError(f"array {name} has type {dtype}; expected numbers")
            data = _block(connection, MAX_ARRAY_BYTES)
            arrays[str(name)] = np.frombuffer(data, dtype).reshape(shape)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedError(f"{type(error).__name__}: {error}") from error
    return payload, arrays


def _block(connection: Connection, limit: int) -> bytes:
    """One block of at most `limit` bytes; its length is refused before anything is allocated."""
    try:
        return connection.recv_bytes(limit)
    except OSError as error:
        if error.errno is None:  # Connection's own, for a length that is negative or too large
            raise MalformedError(f"a block is longer than {limit} bytes: {error}") from error
        raise
