"""Messages between the harness and its workers: JSON and raw arrays, never pickle.

A compiler under test may be made to write anything; what it writes must not run on this side.
"""

import json
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
MAX_HEADER_BYTES = 64 << 20
MAX_ARRAY_BYTES = 2 << 30


def send(connection: Connection, payload: dict[str, Any], arrays: Arrays) -> None:
    """Send one message; `payload` must be plain JSON values."""
    blocks = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    shapes = [[name, block.dtype.str, list(block.shape)] for name, block in blocks.items()]
    connection.send_bytes(json.dumps({"payload": payload, "arrays": shapes}).encode())
    for block in blocks.values():
        connection.send_bytes(block.tobytes())


def receive(connection: Connection) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Receive one message; EOFError where the other side is gone."""
    header = json.loads(connection.recv_bytes(MAX_HEADER_BYTES))
    arrays = {}
    for name, dtype, shape in header["arrays"]:
        if np.dtype(dtype).kind not in "biuf":
            raise ValueError(f"array {name} has type {dtype}; expected numbers")
        data = connection.recv_bytes(MAX_ARRAY_BYTES)
        arrays[name] = np.frombuffer(data, dtype).reshape(shape)
    return header["payload"], arrays
