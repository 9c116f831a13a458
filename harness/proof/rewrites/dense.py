"""A dense layer as a convolution of one pixel."""

import numpy as np

from harness.graphdef.access import attr_of
from harness.graphdef.tensors import DT_INT32
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.rewrites.rewriting import Rewritten, is_float, rewrite, rewritten

INT = ("type", DT_INT32)
WINDOW = {
    "strides": [1, 1, 1, 1],
    "dilations": [1, 1, 1, 1],
    "padding": "VALID",
    "data_format": "NHWC",
}


@rewrite("a product with a constant matrix")
def dense_as_convolution(graph: GraphDef) -> GraphDef:
    """Dense layers are 1×1 convolutions of a picture of one pixel."""

    def change(node: NodeDef, new: Rewritten) -> bool:
        if node.op != "MatMul" or not is_float(node) or attr_of(node, "transpose_a").b:
            return False
        matrix = new.constant(node, 1)
        if matrix is None:
            return False
        matrix = matrix.T if attr_of(node, "transpose_b").b else matrix
        wide, deep = matrix.shape
        kernel = new.const(f"{node.name}/kernel", matrix[np.newaxis, np.newaxis])
        shape = new.const(f"{node.name}/pixel", np.array([-1, 1, 1, wide], np.int32))
        pixel = new.add(new.free(f"{node.name}/picture"), "Reshape", [node.input[0], shape],
                        Tshape=INT)  # fmt: skip
        conv = new.add(new.free(f"{node.name}/conv"), "Conv2D", [pixel, kernel], **WINDOW)
        shape = new.const(f"{node.name}/vector", np.array([-1, deep], np.int32))
        new.add(node.name, "Reshape", [conv, shape], Tshape=INT)
        return True

    return rewritten(graph, change)
