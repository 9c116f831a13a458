"""What each kind of fault may change in a graph, and short ways to plant one."""

from collections.abc import Callable
from typing import Any

from harness.graphdef.access import nodes_by_name
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing.tiny import constants

FLOAT = ("type", DT_FLOAT)
WHOLE = small_net()
SUITE = faults(WHOLE, "softmax")
BN_PARTS = {"mean", "variance"}

# Kinds that change constants alone: kind → the constants that a fault at `where` may change.
CONSTANTS: dict[str, Callable[[str], set[str]]] = {
    "weight_scaled": lambda where: {where},
    "weight_element_scaled": lambda where: {where},
    "weights_float16": lambda where: {where},
    "weights_float16_everywhere": lambda _: {n for n, _ in constants(WHOLE) if "kernel" in n},
    "weights_int8": lambda where: {where},
    "channels_swapped": lambda where: {where},
    "classes_swapped": lambda _: {"dense/kernel", "dense/bias"},
    "rgb_to_bgr": lambda where: {f"{where}/kernel"},
    "mean_off_by_one": lambda where: {f"{where}/y"},
    "scale_off_by_one": lambda where: {f"{where}/y"},
    "bn_statistics_dropped": lambda where: {f"{where}/{part}" for part in BN_PARTS},
    "bias_dropped": lambda where: {"conv2/bias" if "conv2" in where else "dense/bias"},
}
# Kinds that change attributes or ops of nodes alone: kind → the nodes.
NODES: dict[str, Callable[[str], set[str]]] = {
    "bn_epsilon": lambda where: {where},
    "bn_epsilon_everywhere": lambda _: {n.name for n in WHOLE.node if "BatchNorm" in n.op},
    "relu6_unbounded": lambda where: {where},
    "relu6_unbounded_everywhere": lambda _: {n.name for n in WHOLE.node if n.op == "Relu6"},
    "align_corners_flipped": lambda where: {where},
    "half_pixel_centers_flipped": lambda where: {where},
}
# Kinds that add nodes: kind → the nodes that then read them.
ADDED: dict[str, Callable[[str], set[str]]] = {
    "padding_shifted": lambda where: {where},
    "padding_shifted_everywhere": lambda _: {"conv1", "conv2"},
    "pool_counts_padding": lambda where: {where},
    "softmax_twice": lambda where: {where},
}


def fault_id(fault: Any) -> Any:
    return f"{fault.kind}-{fault.where.split(':')[0].replace('/', '.').replace(' ', '-')}"


def changed_nodes(before: Any, after: Any) -> Any:
    """Names of nodes that are not the same; names that were added."""
    old, new = nodes_by_name(before), nodes_by_name(after)
    assert set(old) <= set(new), "a fault takes no node away"
    return {n for n in old if old[n] != new[n]}, set(new) - set(old)


def constant_of(graph: GraphDef, name: str) -> Any:
    return dict(constants(graph))[name]


def planted(kind: str, graph: Any = WHOLE, output: str = "softmax", **options: Any) -> Any:
    return faults(graph, output, kinds=(kind,), **options).faults
