"""A frozen TensorFlow GraphDef as a TVM Relax module: `relay.frontend.from_tensorflow` for today.

TVM 0.27 has no TensorFlow frontend; converting by way of ONNX or TFLite loses names and takes ten
times as long. Here every TensorFlow node becomes a binding of its own name, layouts are kept, and
TensorFlow itself is imported only to compute constants.
"""

from harness.stacks.relax.frontend.emission import spans
from harness.stacks.relax.frontend.importer import from_tensorflow
from harness.stacks.relax.frontend.unsupported import (
    UnsupportedAttributeError,
    UnsupportedNodeError,
    UnsupportedOpError,
)

__all__ = [
    "UnsupportedAttributeError",
    "UnsupportedNodeError",
    "UnsupportedOpError",
    "from_tensorflow",
    "spans",
]
