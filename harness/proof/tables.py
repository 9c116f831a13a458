"""The tables of docs/proof.md, in Markdown."""

import math
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from harness.proof.kept import SATURATED, ProofRow
from harness.proof.planted_nodes import Naming
from harness.proof.tally import CLASSES, CLEAR, MATERIAL, Count, Proof, by_class, grouped
from harness.results.markdown_text import plain, table
from harness.results.printable import printable

NAMINGS: tuple[Naming, ...] = ("right", "wrong", "not located")
SHOWN = 40
"""Rows that a list has at most; it says how many it leaves out."""
UNKNOWN = "how far the fault moves float64 truth is not known"
INTRODUCTION = """\
# What the harness tells apart

Made by `parity prove`. A fault is planted in a network's graph, the faulty graph is compiled, and
its scores are judged against TensorFlow running the whole one. Graphs that compute the same by
other operations, and the whole graph itself, are compiled and judged likewise. The size of a fault
is how far it moves float64 truth in the domain of the rule ([verdict.md](verdict.md)), over the
noise of that network on that photo (`log_noise`): TensorFlow alone is asked for it. Small faults
are parts of whole ones: every number that is wrong is moved by the same part of its error. A fault
is found where its row is a `mismatch`; a healthy row that is one is a false alarm."""


def proof_tables(tally: Proof) -> str:
    """Every table: counts by route, saturation and network, then by kind, then what went wrong."""
    parts = (
        _summary(tally),
        _detection("By route", "route", tally, lambda row: row.route),
        _detection("By saturation", "top score", tally, _saturation),
        _detection("By network", "network", tally, lambda row: row.model),
        _kinds(tally),
        _named(tally),
        _rewrites(tally),
        _wrong(tally),
        _nothing(tally),
        _limits(tally),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _summary(tally: Proof) -> Iterator[str]:
    faults, healthy = list(tally.faults), list(tally.healthy)
    lines = []
    for low in (MATERIAL, CLEAR):
        count = Count.of(row for row in faults if row.times > low)
        lines.append((f"faults of more than {low:g} times the noise", count.rows,
                      f"{count.found} found"))  # fmt: skip
    lines.append(("healthy rows", len(healthy), f"{len(tally.false_alarms)} false alarms"))
    lines.append((f"of them with a top score above {SATURATED:g}",
                  sum(row.saturated for row in healthy), ""))  # fmt: skip
    yield INTRODUCTION
    yield ""
    yield from table(("", "rows", ""), lines)


def _saturation(row: ProofRow) -> str:
    return f"above {SATURATED:g}" if row.saturated else f"up to {SATURATED:g}"


def _detection(title: str, name: str, tally: Proof, of: Callable[[ProofRow], str]) -> Iterator[str]:
    faults, healthy = grouped(tally.faults, of), grouped(tally.healthy, of)
    lines = []
    for group in sorted({*faults, *healthy}):
        clean = healthy.get(group, [])
        saturated = sum(row.saturated for row in clean)
        found = by_class(faults.get(group, ())).values()
        lines.append((group, *found, len(clean), saturated, Count.of(clean).found))
    head = (*(f"found of {one}" for one in CLASSES), "healthy", f"above {SATURATED:g}", "alarms")
    yield from ("", f"## {title}", "")
    yield from table((name, *head), lines)


def _kinds(tally: Proof) -> Iterator[str]:
    """Smallest fault found, by kind and route; empty where the kind was not planted there."""
    faults = list(tally.faults)
    routes = sorted({row.route for row in faults})
    lines = []
    for kind, rows in grouped(faults, lambda row: row.kind).items():
        by_route = grouped(rows, lambda row: row.route)
        smallest = [_smallest(by_route.get(route)) for route in routes]
        missed = max((row.times for row in rows if not row.found), default=None)
        lines.append((kind, len(rows), *smallest, "" if missed is None else f"{missed:.2g}"))
    yield from ("", "## By kind", "")
    yield "The smallest fault found, in times the noise, by route, and the largest that was not"
    yield "found on any. Empty: the kind was not planted there."
    yield ""
    yield from table(("kind", "rows", *routes, "not found"), lines)


def _smallest(rows: Sequence[ProofRow] | None) -> str:
    if rows is None:
        return ""
    return f"{min(found):.2g}" if (found := [row.times for row in rows if row.found]) else "none"


def _named(tally: Proof) -> Iterator[str]:
    """Whether the node of a fault was named, by network and route; nothing where none was asked."""
    located = tally.located
    if not located:
        return
    lines = []
    for name, rows in grouped(located, lambda row: f"{row.model} by {row.route}").items():
        counts = Counter(row.naming for row in rows)
        lines.append((name, len(rows), *(counts[one] for one in NAMINGS)))
    yield from ("", "## The node", "")
    yield "Of faults of more than 10 times the noise, on one photo each: whether `parity locate`"
    yield "named the nodes that the fault was planted in, or the fused kernels that hold them, and"
    yield "no other."
    yield ""
    yield from table(("network and route", "faults", *NAMINGS), lines)
    wrong = [row for row in located if row.naming != "right"]
    if wrong:
        yield ""
        listed = [(row.model, row.route, f"{row.kind} {row.where}", f"{row.times:.3g}", row.naming,
                   row.named) for row in wrong[:SHOWN]]  # fmt: skip
        head = ("network", "route", "fault", "times noise", "", "named, or why none")
        yield from table(head, listed)


def _rewrites(tally: Proof) -> Iterator[str]:
    lines = []
    for name, rows in grouped(tally.healthy, lambda row: row.kind or "(whole)").items():
        alarms = Count.of(rows).found
        moved = _largest([row.times for row in rows])
        worst = _largest([row.error_ratio for row in rows])
        lines.append((name, len(rows), alarms, moved, worst))
    yield from ("", "## Healthy rows", "")
    yield "Truth moves: at most, in times the noise. Error ratio: the largest of those rows whose"
    yield "verdict needed it; up to 3 passes."
    yield ""
    yield from table(("rewrite", "rows", "alarms", "truth moves", "error ratio"), lines)


def _largest(figures: Sequence[float]) -> str:
    """The largest that was measured; empty where none was."""
    known = [figure for figure in figures if not math.isnan(figure)]
    return f"{max(known):.2g}" if known else ""


def _wrong(tally: Proof) -> Iterator[str]:
    lists = (
        (f"Faults of more than {CLEAR:g} times the noise that were not found", tally.missed),
        ("False alarms", tally.false_alarms),
    )
    for title, rows in lists:
        yield from ("", f"## {title}", "")
        if not rows:
            yield "None."
            continue
        yield from table(
            ("network", "route", "photo", "graph", "times noise", "top", "status", "reason"),
            [_listed(row) for row in rows[:SHOWN]],
        )
        if len(rows) > SHOWN:
            yield from ("", f"And {len(rows) - SHOWN} more.")


def _nothing(tally: Proof) -> Iterator[str]:
    """Rows without scores or without truth, those of one reason as one line."""
    yield from ("", "## Rows that prove nothing", "")
    counted = Counter(
        (row.model, row.route, row.status, UNKNOWN if row.compared else row.reason)
        for row in tally.not_compared
    )
    if not counted:
        yield "None."
        return
    yield from table(
        ("network", "route", "rows", "status", "reason"),
        [(model, route, rows, *why) for (model, route, *why), rows in sorted(counted.items())],
    )


def _listed(row: ProofRow) -> tuple[object, ...]:
    graph = " ".join(part for part in (row.kind or "(whole)", row.where) if part)
    figures = f"{row.times:.3g}", f"{row.top:.5g}"
    return row.model, row.route, row.photo, graph, *figures, row.status, row.reason


def _limits(tally: Proof) -> Iterator[str]:
    """What is not in the tables, and the commands."""
    dropped = {(row.route, row.kind) for row in tally.rows if row.in_reference}
    for route, kind in sorted(dropped):
        yield from ("", f"The importer of {route} drops {kind} without a word, so there the faulty")
        yield "graph is the reference's and the whole one is compiled."
    missing: dict[str, set[str]] = {}
    for job in tally.jobs:
        missing.setdefault(job.model, set()).update(job.inapplicable)
    for model, names in sorted(missing.items()):
        if names:
            yield from ("", f"No place in {plain(model)} for: {', '.join(sorted(names))}.")
    yield from ("", "## Commands", "")
    for command in dict.fromkeys(job.command for job in tally.jobs):
        yield f"    {printable(shlex.join(command))}"
