"""The errors for what the frontend can't import."""

from collections.abc import Iterable, Mapping, Sequence

from harness.errors import GraphError
from harness.stacks.relax.frontend.refusals import LOOPS, reason_of

SHOWN = 3
_HINTS = {
    "DecodeJpeg": "cut the graph behind its decoder (harness.graphdef.cut.cut)",
    "Switch": "freeze for inference only: no branches on a learning phase",
    "Merge": "freeze for inference only: no branches on a learning phase",
    **dict.fromkeys(LOOPS, "freeze without lowering control flow: lower_control_flow=False"),
}


class UnsupportedOpError(GraphError):
    """The graph has operations that the frontend can't import, or not as they are used."""


class UnsupportedNodeError(UnsupportedOpError):
    """A node of a known operation is used in a way that the frontend does not support."""


class UnsupportedAttributeError(UnsupportedNodeError):
    """A node's attribute has a value that the frontend does not support."""


def unknown_ops(nodes: Mapping[str, Sequence[str]], known: Iterable[str]) -> UnsupportedOpError:
    """One error for all operations that are missing; `nodes` is op → names of its nodes.

    >>> print(unknown_ops({"Odd": ["a", "b", "c", "d"]}, ["Add", "Mul"]))
    1 operation can't be imported: Odd (4 nodes: a, b, c and 1 more); 2 operations are known
    """
    listed = "; ".join(_op_text(op, names) for op, names in sorted(nodes.items()))
    count = f"{len(nodes)} operation{'s' * (len(nodes) > 1)}"
    return UnsupportedOpError(
        f"{count} can't be imported: {listed}; {len(list(known))} operations are known"
    )


def _op_text(op: str, names: Sequence[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    count = f"{len(names)} node{'s' * (len(names) > 1)}"
    hint = "".join(f", {why}" for why in (reason_of(op), _HINTS.get(op)) if why)
    return f"{op} ({count}: {', '.join(names[:SHOWN])}{rest}{hint})"
