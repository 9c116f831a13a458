"""What an ONNX file declares, read in a worker process before any program runs it.

Such a file may name others that hold its weights, by any path. Only files that are whole in
themselves are taken: what is compared is then known by one digest, and nothing else is read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.stacks.protocol import Arrays

EXTERNAL = 1
"""TensorProto.DataLocation of a tensor in another file."""


def facts(payload: dict[str, str], _: Arrays) -> tuple[Any, Arrays]:
    """Inputs and outputs of the file `path`; ValueError for what can't be compared."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model(Path(payload["path"]), load_external_data=False)
    except DecodeError as error:
        raise ValueError("the bytes are cut short or are no ONNX file") from error
    if not model.graph.output:
        raise ValueError("it has no graph with an output; the bytes are no ONNX file")
    outside = next(_outside(model), None)
    if outside is not None:
        raise ValueError(
            f"tensor '{outside:.100}' lies in another file; save the model with its weights inside "
            "(onnx.save_model(onnx.load(path), path)), or compare a GraphDef"
        )
    weights = {one.name for one in model.graph.initializer}
    weights |= {one.values.name for one in model.graph.sparse_initializer}
    fed = [one for one in model.graph.input if one.name not in weights]
    return {
        "inputs": [_tensor(one) for one in fed],
        "outputs": [_tensor(one) for one in model.graph.output],
    }, {}


def _outside(message: Any) -> Iterator[str]:
    """Names of the tensors below a message that lie in other files, subgraphs and functions too."""
    if message.DESCRIPTOR.full_name == "onnx.TensorProto":
        if message.data_location == EXTERNAL or message.external_data:
            yield message.name
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in [value] if hasattr(value, "DESCRIPTOR") else value:
                yield from _outside(one)


def _tensor(found: Any) -> dict[str, Any]:
    from onnx import helper

    kind = found.type.tensor_type
    dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type).name if kind.elem_type else "unknown"
    sides = [one.dim_value if one.HasField("dim_value") else None for one in kind.shape.dim]
    return {"name": found.name, "dtype": dtype, "shape": sides}
