"""A Run and its rows → the short list of what was run, on what, by which versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from harness.results.row import Row
from harness.results.run_record import RunRecord

Fact = tuple[str, str]
PROGRAMS = {
    "python": "Python",
    "tensorflow": "TensorFlow",
    "tvm": "TVM",
    "llvm": "LLVM",
    "numpy": "NumPy",
    "pillow": "Pillow",
    "libjpeg": "JPEG library",
    "harness": "harness",
}
MINUTE = 60
VECTORS = ("avx512f", "avx2", "avx", "fma", "sve", "asimd", "sse4_2")
"""The CPU features that move scores, widest first; run.json has them all."""


def facts(run: RunRecord, rows: Sequence[Row]) -> list[Fact]:
    """Name and value pairs, empty values left out. Every value may be missing or foreign."""
    found = [
        ("Run", run.id),
        ("Command", run.command),
        ("Started", _span(run.started, run.finished)),
        ("Ended", "" if run.exit_status is None else f"exit status {run.exit_status}"),
        ("Candidates", "; ".join(_candidates(rows))),
        ("Measured with", _measured_with(rows)),
        ("Installed", _listed(_section(run.environment, "versions"))),
        ("Programs say", _listed(run.programs)),
        ("CPU", _cpu(_section(run.environment, "cpu"))),
        ("System", _joined(_section(run.environment, "os"), ("name", "kernel", "machine"))),
        ("Commit", _commit(_section(run.environment, "git"))),
    ]
    return [(name, value) for name, value in found if value]


def brief(run: RunRecord, rows: Sequence[Row]) -> str:
    """When, which versions and which CPU, in a line below the verdict."""
    parts = (
        f"{run.started:%Y-%m-%d %H:%M} UTC" if run.started else "",
        _measured_with(rows),
        str(_section(run.environment, "cpu").get("model") or ""),
    )
    return " · ".join(part for part in parts if part)


def _span(started: datetime | None, finished: datetime | None) -> str:
    if started is None:
        return ""
    text = f"{started:%Y-%m-%d %H:%M:%S} UTC"
    if finished is None:
        return f"{text}, not finished"
    return f"{text}, took {_clock((finished - started).total_seconds())}"


def _clock(seconds: float) -> str:
    """Seconds as people say them.

    >>> _clock(7.34), _clock(207), _clock(7384)
    ('7.3 s', '3 min 27 s', '2 h 3 min')
    """
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"


def _candidates(rows: Iterable[Row]) -> list[str]:
    """How each candidate was made, once each: `relay-llvm (relay, llvm, NCHW, opt_level 3)`."""
    made = {(row.candidate, row.stack, row.target, row.layout, row.opt_level): None for row in rows}
    return [
        f"{name} ({', '.join(part for part in (stack, target, layout, _level(level)) if part)})"
        if stack or target
        else name
        for name, stack, target, layout, level in made
    ]


def _level(level: int | None) -> str:
    return "" if level is None else f"opt_level {level}"


def _measured_with(rows: Iterable[Row]) -> str:
    """Pairs of versions that met; half-known ones, of rows that broke off, only for want of any."""
    pairs = list({(row.reference_version, row.candidate_version): None for row in rows})
    known = [pair for pair in pairs if all(pair)] or [pair for pair in pairs if any(pair)]
    return "; ".join(
        f"TensorFlow {reference or 'unknown'} against TVM {candidate or 'unknown'}"
        for reference, candidate in known
    )


def _section(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, Mapping) else {}


def _listed(versions: Mapping[str, Any]) -> str:
    """`TensorFlow 2.21.0, TVM 0.19`; nested facts as `name: key value`."""
    order = [*PROGRAMS, *(name for name in versions if name not in PROGRAMS)]
    return ", ".join(
        f"{PROGRAMS.get(name, name)} {_flat(versions[name])}"
        for name in order
        if versions.get(name) not in (None, "", {})
    )


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{key} {_flat(inner)}" for key, inner in value.items()) + ")"
    return str(value)


def _cpu(cpu: Mapping[str, Any]) -> str:
    if not cpu:
        return ""
    flags = cpu.get("features") or ()
    vectors = ", ".join(name for name in VECTORS if name in flags)
    cores, usable = cpu.get("cores"), cpu.get("usable_cores")
    share = f"{cores} cores" if cores == usable else f"{usable} of {cores} cores"
    return "; ".join(part for part in (str(cpu.get("model") or ""), share, vectors) if part)


def _joined(found: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(str(found[name]) for name in names if found.get(name))


def _commit(git: Mapping[str, Any]) -> str:
    commit = str(git.get("commit") or "")
    return f"{commit}, with uncommitted changes" if commit and git.get("dirty") else commit
