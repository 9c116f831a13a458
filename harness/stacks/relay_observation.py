"""A library of TVM 0.19 run kernel by kernel: its graph and functions, as the executor has them.

TVM's debug executor shows what each node gives, but only as a copy, which later nodes do not read.
So the graph is walked here, in the executor's order, and each function of the library is called
with the executor's own parameters. An intermediate tensor goes once no later kernel reads it.
"""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.stacks.observation import KernelCall, Visit
from harness.stacks.protocol import Feeds

_KERNEL = "tvm_op"
_NOTHING = "__nop"
"""Function of a node that only gives its input another shape."""
Place = tuple[int, int]
"""Node and output of the node."""


class ExecutorTensor:
    """A `KernelTensor` of a walked graph."""

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    @property
    def address(self) -> int:
        """Address of its first element."""
        handle = self._tensor.handle.contents
        return int(handle.data or 0) + int(handle.byte_offset)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(int(size) for size in self._tensor.shape)

    def read(self) -> NDArray[Any]:
        """A copy of its values."""
        return np.array(self._tensor.numpy())

    def write(self, values: NDArray[Any]) -> None:
        """Other values of the same dtype and shape."""
        self._tensor.copyfrom(np.ascontiguousarray(values))


class WatchedGraph:
    """The graph of a loaded library, walked on its device."""

    def __init__(self, library: Any, executor: Any, device: Any) -> None:
        """`executor` is a graph executor of the library; its parameters are shared."""
        graph = json.loads(str(library["get_graph_json"]()))
        self._library, self._executor, self._device = library, executor, device
        self._nodes: list[dict[str, Any]] = graph["nodes"]
        self._heads: list[Place] = [(head[0], head[1]) for head in graph["heads"]]
        self._first = graph["node_row_ptr"]
        self._shapes, self._types = (graph["attrs"][name][1] for name in ("shape", "dltype"))
        self._functions: dict[str, Any] = {}

    def run(self, feeds: Feeds, outputs: Sequence[str], visit: Visit) -> dict[str, Any]:
        """The outputs in the order the library was built with, with a visit after each kernel."""
        reads = Counter(itertools.chain(*map(_inputs, self._nodes), self._heads))
        tensors: dict[Place, Any] = {}
        for number, node in enumerate(self._nodes):
            if node["op"] != _KERNEL:
                tensors[number, 0] = self._input(node["name"], feeds)
                continue
            self._execute(number, node, tensors, visit)
            for place in _inputs(node):
                reads[place] -= 1
                if not reads[place]:
                    tensors.pop(place, None)
        found = [tensors[head].numpy() for head in self._heads]
        return dict(zip(outputs, found, strict=True))

    def _input(self, name: str, feeds: Feeds) -> Any:
        import tvm

        if name in feeds:
            return tvm.nd.array(feeds[name], self._device)
        return self._executor.get_input(name)

    def _execute(
        self, number: int, node: dict[str, Any], tensors: dict[Place, Any], visit: Visit
    ) -> None:
        attributes = node["attrs"]
        read = [tensors[place] for place in _inputs(node)]
        entries = range(self._first[number], self._first[number + 1])
        if attributes["func_name"] == _NOTHING:
            shape = tuple(self._shapes[entries[0]])
            tensors[number, 0] = read[0]._create_view(shape)  # noqa: SLF001  TVM's own name
            return
        written = [self._empty(entry) for entry in entries]
        self._function(attributes)(*read, *written)
        tensors.update({(number, port): one for port, one in enumerate(written)})
        inputs, outputs = (list(map(ExecutorTensor, each)) for each in (read, written))
        visit(KernelCall(attributes["func_name"], inputs, outputs))

    def _empty(self, entry: int) -> Any:
        import tvm

        return tvm.nd.empty(tuple(self._shapes[entry]), self._types[entry], self._device)

    def _function(self, attributes: dict[str, Any]) -> Any:
        name = attributes["func_name"]
        if name not in self._functions:
            if attributes["flatten_data"] != "0":
                raise NotImplementedError(f"{name} takes flattened tensors, which is not observed")
            self._functions[name] = self._library.get_function(name, query_imports=True)
        return self._functions[name]


def _inputs(node: dict[str, Any]) -> list[Place]:
    return [(one[0], one[1]) for one in node["inputs"]]
