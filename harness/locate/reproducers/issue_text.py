"""The text of an issue about a reduced fault, as Markdown."""

import platform
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from harness.locate.node_facts import NodeFacts, node_facts
from harness.locate.reproducers.reproducer import ChosenForm, ReducedFault
from harness.locate.reproducers.trials import WrongOutput
from harness.results.machine import cpu as machine_cpu
from harness.results.markdown_text import plain, table

MAX_REASON = 1500
"""Characters of a failure's reason."""


def issue(
    fault: ReducedFault,
    form: ChosenForm,
    pins: Mapping[str, str],
    codes: Sequence[int | None],
) -> str:
    """Title, versions, target, what was expected, what came, how it was found."""
    versions = ", ".join(f"{plain(name)} {plain(version)}" for name, version in pins.items())
    how = f"opt\\_level {fault.how.opt_level}{_passes(fault, form)}"
    runs = f"Of {len(codes)} runs, each in a new process, {codes.count(1)} showed it."
    cut = f"To make the files small: {plain('; '.join(fault.parts.cut))}."
    lines = [
        f"# {title(fault, form)}",
        "",
        f"- versions: {versions}, Python {platform.python_version()}",
        f"- machine: {plain(platform.machine())}, {plain(machine_cpu().model)}",
        f"- target: {plain(form.target)}, {how}",
        "",
        "## To reproduce",
        "",
        "    pip install -r requirements.txt",
        "    python reproduce.py",
        "",
        f"Exit code 1: the fault shows; 0: it does not; 2: the environment can't run it. {runs}",
        "",
        "The module computes, of a GraphDef:",
        "",
        *table(["node", "operation", "attributes"], _operations(fault)),
        "",
        *_seen(fault, form),
        "",
        "## How it was found",
        "",
        plain(fault.found),
        *(["", cut] if fault.parts.cut else []),
    ]
    return "\n".join(lines) + "\n"


def title(fault: ReducedFault, form: ChosenForm) -> str:
    """One line."""
    ops = plain(", ".join(node.op for node in fault.operations))
    program = f"{plain(form.stack.program)} ({plain(form.stack.name)})"
    if isinstance(fault.fault, WrongOutput):
        return f"{program}: wrong result of {ops}"
    return f"{program}: {plain(fault.fault.status)} in {plain(fault.fault.stage)} of {ops}"


def _passes(fault: ReducedFault, form: ChosenForm) -> str:
    if form.form.lowered:
        return (
            f", after the passes of pipeline {plain(fault.how.pipeline)}, as they left the module"
        )
    return f", pipeline {plain(fault.how.pipeline)}"


def _operations(fault: ReducedFault) -> Iterator[tuple[str, str, str]]:
    facts: Mapping[str, NodeFacts] = node_facts(fault.parts.candidate.graph)
    for node in fault.operations:
        attributes = facts[node.name].attributes
        yield node.name, node.op, ", ".join(f"{key}={value}" for key, value in attributes.items())


def _seen(fault: ReducedFault, form: ChosenForm) -> Iterator[str]:
    """What was expected and what came."""
    seen = fault.fault
    yield "## What was expected, what came"
    yield ""
    if not isinstance(seen, WrongOutput):
        yield "A program was expected. What came:"
        yield ""
        for line in seen.reason[:MAX_REASON].splitlines():
            yield f"    {plain_line(line)}"
        return
    truth, found = seen.expected.truth, seen.found
    size = np.sqrt(np.mean(np.square(truth[np.isfinite(truth)]))) if truth.size else 0.0
    distance = np.nan_to_num(np.abs(found - truth) / (size + np.abs(truth)), nan=np.inf)
    place = np.unravel_index(int(distance.argmax()), truth.shape)
    yield (
        f"`expected.npy` is the same computed in float64. Furthest from it is element "
        f"{plain(list(map(int, place)))}: expected {truth[place]:.9g}, found {found[place]:.9g}."
    )
    yield ""
    figures = seen.error, seen.expected.reference, seen.expected.limit
    rows = [
        (name, *(f"{figure:.3g}" for figure in column))
        for name, *column in zip(("largest", "rms"), *figures, strict=True)
    ]
    programs = plain(form.stack.program), plain(fault.reference)
    yield from table(["error relative to the tensor's size", *programs, "limit"], rows)
    yield ""
    yield "The limit is three times what rounding does to the same operations."


def plain_line(line: str) -> str:
    """A line of a code block: nothing in it acts on a terminal."""
    return (
        line.rstrip().encode("unicode_escape").decode("ascii") if not line.isprintable() else line
    )
