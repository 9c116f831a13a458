"""TVM 0.19's importer of GraphDefs, in a process without TensorFlow.

The importer evaluates parts of a graph by compiling them, which beside TensorFlow is a segmentation
fault (docs/measured.md, "TVM 0.19 beside TensorFlow"). All that it asks of TensorFlow are the four
small things below, so it is given those; that also spares TensorFlow's own import.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple, cast

import numpy as np

from harness.graphdef.tensors import DT_STRING, DTYPES, decode
from harness.graphdef.wire import GraphDef, TensorProto

_FRAMEWORK = "tensorflow.python.framework"


def from_tensorflow(
    graph: GraphDef, *, layout: str | None, shape: Mapping[str, tuple[int, ...]], output: str
) -> tuple[Any, dict[str, Any]]:
    """The Relay module of a graph whose scores the node `output` gives, and its parameters.

    `layout` is NCHW, NHWC or None for the graph's own; `shape` holds that of each placeholder.
    """
    from tvm import relay

    with _stand_ins():
        return cast(
            tuple[Any, dict[str, Any]],
            relay.frontend.from_tensorflow(
                graph, layout=layout, shape=dict(shape), outputs=[output]
            ),
        )


class _DType(NamedTuple):
    """What `tf.DType` is to the importer."""

    name: str


def _dtype(number: int) -> _DType:
    if number == DT_STRING:
        return _DType("string")
    if number not in DTYPES:
        raise NotImplementedError(f"TensorFlow's type number {number} is not one that is imported")
    return _DType(DTYPES[number].name)


def _array(tensor: TensorProto) -> Any:
    if tensor.dtype == DT_STRING:  # the importer makes a placeholder of it
        return np.array(list(tensor.string_val), object)
    return decode(tensor)


def _sizes(shape: Any) -> list[int]:
    return [dim.size for dim in shape.dim]


def _no_op_def(_op: str) -> None:
    """The importer asks only in order to word an error about operations that it lacks."""


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Modules under TensorFlow's names while the importer runs."""
    made: dict[str, dict[str, Any]] = {
        "tensorflow": {},
        "tensorflow.python": {},
        _FRAMEWORK: {},
        f"{_FRAMEWORK}.tensor_util": {"MakeNdarray": _array, "TensorShapeProtoToList": _sizes},
        f"{_FRAMEWORK}.dtypes": {"as_dtype": _dtype},
        f"{_FRAMEWORK}.op_def_registry": {"get": _no_op_def},
        f"{_FRAMEWORK}.function_def_to_graph": {},
    }
    before = {name: sys.modules.get(name) for name in made}
    try:
        for name, contents in made.items():
            module = sys.modules[name] = ModuleType(name)
            vars(module).update(contents, __path__=[])
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, module)
        yield
    finally:
        for name, module_before in before.items():
            del sys.modules[name]
            if module_before is not None:
                sys.modules[name] = module_before
