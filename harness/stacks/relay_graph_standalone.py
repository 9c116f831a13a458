"""Imports the GraphDef beside this file with TVM 0.19 and TensorFlow, which reads the file."""

from pathlib import Path
from typing import Any


def answer(folder: Path, settings: dict[str, Any], value: Any) -> Any:
    """Zeros once the graph is imported: the fault lies in the import."""
    import numpy as np
    from tensorflow.compat import v1 as tensorflow
    from tvm import relay

    graph = tensorflow.GraphDef.FromString((folder / "graph.pb").read_bytes())
    relay.frontend.from_tensorflow(
        graph,
        layout=settings["layout"],
        shape={settings["input"]: value.shape},
        outputs=[settings["output"].removesuffix(":0")],
    )
    return np.zeros(1)
