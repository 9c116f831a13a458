"""Walking a GraphDef: which nodes an output needs, and in which order."""

from typing import Any

from harness.errors import GraphError
from harness.graphdef.access import node_of, nodes_by_name


def ancestors(graph: Any, output: str) -> set[str]:
    """Names of all nodes that the output needs; GraphError where one is missing."""
    nodes, seen, todo = nodes_by_name(graph), set(), [node_of(output)]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        if name not in nodes:
            raise GraphError(f"node '{name}' is used but missing; the file is damaged")
        seen.add(name)
        todo += [node_of(i) for i in nodes[name].input]
    return seen
