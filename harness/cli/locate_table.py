"""The findings of `parity locate` in a terminal."""

import math
from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table

from harness.cli.terminal import shown
from harness.graphdef.access import node_of
from harness.locate.evidence import ImageEvidence
from harness.locate.verdict import FaultyKernel, largest_excess

MAX_NAMES = 5
"""Names that one line lists."""


def findings_table(findings: Sequence[FaultyKernel]) -> Table:
    """A line for each faulty kernel; errors are relative to the tensor's size."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("node", "op"):
        table.add_column(name, overflow="fold")
    for name in ("local error", "over limit", "in the run", "amplified", "remains"):
        table.add_column(name, justify="right", min_width=len("amplified"))
    for one in findings:
        worst, effect = one.worst, one.worst.effect
        name = node_of(worst.tensor)
        ops = {node.name: node.op for node in one.nodes}
        table.add_row(
            shown(name),
            shown(ops.get(name, "")),
            _figure(worst.local.largest),
            _figure(worst.excess),
            _figure(worst.propagated.largest),
            _figure(effect.amplification if effect else math.nan),
            _figure(effect.remaining if effect else math.nan),
        )
    return table


def detail_lines(findings: Sequence[FaultyKernel]) -> Iterator[str]:
    """What each finding is made of: kernel, nodes with their attributes, both programs' errors."""
    for one in findings:
        worst = one.worst
        with_ = f" with {', '.join(worst.joined)}" if worst.joined else ""
        images = f", faulty on {one.images} image{'s' * (one.images > 1)}"
        yield f"{node_of(worst.tensor)}: kernel {worst.kernel}{with_}{images}, worst on {one.image}"
        layout = f", held {worst.layout}" if worst.layout else ""
        place = "" if worst.by_value else ", found by its place, not by its values"
        yield f"  {worst.tensor} {list(worst.shape)}{layout}{place}"
        for node in one.nodes:
            attributes = ", ".join(f"{key}={value}" for key, value in node.attributes.items())
            yield f"  {node.name} {node.op} ({attributes})"
        yield (
            f"  given the reference's tensors: candidate {_figure(worst.local.largest)}, reference "
            f"{_figure(worst.reference_local.largest)}, rounding explains "
            f"{_figure(worst.explained.largest)} times 3"
        )
        yield (
            f"  in the whole run: candidate {_figure(worst.propagated.largest)}, reference "
            f"{_figure(worst.reference_propagated.largest)}"
        )


def coverage_lines(evidence: Sequence[ImageEvidence]) -> Iterator[str]:
    """What was checked on each image, and what was not."""
    for one in evidence:
        yield (
            f"{one.image}: divergence {_figure(one.divergence)}; of {one.nodes} nodes "
            f"{one.matched} are kernels' outputs, {one.inside} inside kernels, "
            f"{len(one.unchecked)} not checked; {len(one.kernels)} kernels checked, "
            f"largest error {_figure(largest_excess([one]))} of its limit"
        )
        if one.unchecked:
            yield f"  not checked: {_names(one.unchecked)}"
        if one.unmatched:
            yield f"  kernels that match nothing: {_names(one.unmatched)}"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _figure(value: float) -> str:
    return "not measured" if math.isnan(value) else f"{value:.2g}"
