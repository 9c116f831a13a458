"""A softmax written out."""

import numpy as np

from harness.graphdef.tensors import DT_INT32
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.rewrites.rewriting import Rewritten, is_float, rewrite, rewritten

ALONG = {"Tidx": ("type", DT_INT32), "keep_dims": True}


@rewrite("a softmax")
def softmax_by_hand(graph: GraphDef) -> GraphDef:
    """Softmax is exp(x − max x) over its sum."""

    def change(node: NodeDef, new: Rewritten) -> bool:
        if node.op != "Softmax" or not is_float(node):
            return False
        axis = new.const(f"{node.name}/axis", np.array([-1], np.int32))
        largest = new.add(new.free(f"{node.name}/max"), "Max", [node.input[0], axis], **ALONG)
        shifted = new.add(new.free(f"{node.name}/sub"), "Sub", [node.input[0], largest])
        powers = new.add(new.free(f"{node.name}/exp"), "Exp", [shifted])
        total = new.add(new.free(f"{node.name}/sum"), "Sum", [powers, axis], **ALONG)
        new.add(node.name, "RealDiv", [powers, total])
        return True

    return rewritten(graph, change)
