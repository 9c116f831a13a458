"""The node behind a failing comparison, in the rows of the task."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from harness.errors import ParityError
from harness.execution.graph_runs import plain_graph
from harness.execution.session import RunSession
from harness.graphdef.access import node_of
from harness.locate.drawn import located_kernels
from harness.locate.located_task import located
from harness.locate.node_facts import node_facts
from harness.locate.verdict import FaultyKernel, Localisation
from harness.results.located_kernels import LocatedKernels
from harness.results.result import Result
from harness.results.status import Status
from harness.run.excuses import excused_again
from harness.run.models import load_models
from harness.run.own_candidates import with_own_code
from harness.run.plan import Task

LOCATED = (Status.MISMATCH, Status.UNNORMALISED)
"""Statuses of rows of scope graph whose node is looked for: those with scores that fail."""


def with_located_nodes(task: Task, results: Sequence[Result], session: RunSession) -> list[Result]:
    """The results of a task, with the columns `located_…` where the compiler's scores fail.

    The rows of both scopes get them: what is wrong in the compiled program is wrong in both. A
    known failure that names a node or an operation excuses a row only then.
    """
    graph = [one.row for one in results if one.row.scope == "graph"]
    if not any(row.status in LOCATED for row in graph):
        return list(results)
    looked = _looked_for(task, session)
    return [_located(task, result, looked) for result in results]


class _Looked(NamedTuple):
    """What came of looking for a node."""

    columns: dict[str, Any]
    note: str
    drawn: LocatedKernels | None = None


def _looked_for(task: Task, session: RunSession) -> _Looked:
    """What can't be located is a note alone."""
    try:
        found = located([with_own_code(task)], session)
        nodes = node_facts(plain_graph(load_models(task, session)[0]))
    except ParityError as error:
        return _Looked({}, f"not located: {error}")
    note = f"located: {found.status}: {found.reason}"
    return _Looked(_columns(found), note, located_kernels(found, nodes))


def _columns(found: Localisation) -> dict[str, Any]:
    """Of the finding that explains most of the divergence, with the names of all."""
    if not found.findings:
        return {}
    (evidence,) = found.evidence
    shares = [_share(one, evidence.divergence) for one in found.findings]
    known = [-math.inf if math.isnan(share) else share for share in shares]
    worst = known.index(max(known))
    names = [_node(one) for one in found.findings]
    return {
        "located_node": ", ".join(name for name, _ in names),
        "located_op": ", ".join(op for _, op in names),
        "located_local_error": found.findings[worst].worst.local.largest,
        "located_share": shares[worst],
    }


def _share(finding: FaultyKernel, divergence: float) -> float:
    """Which share of the divergence is gone where the kernel's output is right; NaN unknown."""
    effect = finding.worst.effect
    if effect is None or not divergence > 0:
        return math.nan
    return 1 - effect.remaining / divergence


def _node(finding: FaultyKernel) -> tuple[str, str]:
    """Name and operation of the last node that the kernel computes."""
    name = node_of(finding.worst.tensor)
    return name, next((node.op for node in finding.nodes if node.name == name), "")


def _located(task: Task, result: Result, looked: _Looked) -> Result:
    row = result.row
    if row.status.kind != "failing":
        return result
    excused = excused_again(task.case, row, looked.columns, looked.note)
    drawn = looked.drawn if row.scope == "graph" else None
    return result.model_copy(update={"row": excused, "located": drawn})
