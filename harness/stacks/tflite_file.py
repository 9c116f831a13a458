"""What a TFLite file declares, read in a worker process before its scores are asked for."""

from typing import Any

import numpy as np

from harness.stacks.protocol import Arrays


def facts(payload: dict[str, str], _: Arrays) -> tuple[Any, Arrays]:
    """Inputs and outputs of the file `path`; ValueError where LiteRT reads no model in it."""
    from ai_edge_litert import interpreter

    try:
        model = interpreter.Interpreter(model_path=payload["path"])
    except ValueError as error:
        raise ValueError(f"the bytes are cut short or are no TFLite file: {error}") from error
    return {
        "inputs": [_tensor(one) for one in model.get_input_details()],
        "outputs": [_tensor(one) for one in model.get_output_details()],
    }, {}


def _tensor(found: dict[str, Any]) -> dict[str, Any]:
    sides = [None if side == -1 else int(side) for side in found["shape_signature"]]
    return {"name": found["name"], "dtype": np.dtype(found["dtype"]).name, "shape": sides}
