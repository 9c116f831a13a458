"""A run and its rows → the short list of what was run, on what, by which versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from harness.reports.program_names import program_names
from harness.results.machine import CpuFacts, GitFacts, OsFacts
from harness.results.row import Row
from harness.results.run_record import RunRecord

Fact = tuple[str, str]
PACKAGES = {
    "python": "Python",
    "tensorflow": "TensorFlow",
    "tvm": "TVM",
    "llvm": "LLVM",
    "onnxruntime": "ONNX Runtime",
    "litert": "LiteRT",
    "numpy": "NumPy",
    "pillow": "Pillow",
    "opencv": "OpenCV",
    "libjpeg": "JPEG library",
    "harness": "harness",
}
"""Key in run.json's `versions` to the name that is read, in the order of reading."""
MINUTE = 60
VECTORS = ("avx512f", "avx2", "avx", "fma", "sve", "asimd", "sse4_2")
"""The CPU features that can change scores, widest first; run.json has them all."""


def facts(run: RunRecord, rows: Sequence[Row]) -> list[Fact]:
    """Name and value pairs, empty values left out."""
    machine = run.environment
    found = [
        ("Run", run.id),
        ("Command", run.command),
        ("Started", _span(run.started, run.finished)),
        ("Ended", "" if run.exit_status is None else f"exit status {run.exit_status}"),
        *((f"Case {name}", text) for name, text in run.cases.items()),
        ("Candidates", "; ".join(_candidates(rows))),
        ("Measured with", _measured_with(rows)),
        ("Installed", _listed(machine.versions)),
        ("Programs report", _listed(run.programs)),
        ("CPU", _cpu(machine.cpu)),
        ("System", _system(machine.os)),
        ("Commit", _commit(machine.git)),
    ]
    return [(name, value) for name, value in found if value]


def brief(run: RunRecord, rows: Sequence[Row]) -> str:
    """When, which versions and which CPU, in a line below the verdict."""
    parts = (
        f"{run.started:%Y-%m-%d %H:%M} UTC" if run.started else "",
        _measured_with(rows),
        run.environment.cpu.model,
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
    """Seconds, minutes or hours, whichever reads best.

    >>> _clock(7.34), _clock(207), _clock(7384)
    ('7.3 s', '3 min 27 s', '2 h 3 min')
    """
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"


def _candidates(rows: Iterable[Row]) -> list[str]:
    """How each candidate was made, once each: `x-llvm (x, llvm, NCHW, opt_level 3)`."""
    made = {(row.candidate, row.stack, row.target, row.layout, row.opt_level): None for row in rows}
    return [
        f"{name} ({', '.join(part for part in (stack, target, layout, _level(level)) if part)})"
        if stack or target
        else name
        for name, stack, target, layout, level in made
    ]


def _level(level: int | None) -> str:
    return "" if level is None else f"opt_level {level}"


def _measured_with(rows: Sequence[Row]) -> str:
    """Pairs of versions that were compared; incomplete pairs only where no row has a whole one."""
    found = dict.fromkeys(
        (program_names(row), (row.reference_version, row.candidate_version)) for row in rows
    )
    whole = [pair for pair in found if all(pair[1])] or [pair for pair in found if any(pair[1])]
    return "; ".join(_against(*pair) for pair in whole)


def _against(names: tuple[str, str], versions: tuple[str, str]) -> str:
    first, second = (f"{n} {v or 'unknown'}" for n, v in zip(names, versions, strict=True))
    return f"{first} against {second}"


def _listed(versions: Mapping[str, Any]) -> str:
    """`Python 3.12, NumPy 2.3`; nested facts as `name (key value)`."""
    order = [*PACKAGES, *(name for name in versions if name not in PACKAGES)]
    return ", ".join(
        f"{PACKAGES.get(name, name)} {_flat(versions[name])}"
        for name in order
        if versions.get(name) not in (None, "", {})
    )


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{key} {_flat(inner)}" for key, inner in value.items()) + ")"
    return str(value)


def _cpu(cpu: CpuFacts) -> str:
    vectors = ", ".join(name for name in VECTORS if name in cpu.features)
    return "; ".join(part for part in (cpu.model, _cores(cpu), vectors) if part)


def _cores(cpu: CpuFacts) -> str:
    if cpu.cores is None:
        return ""
    if cpu.usable_cores in (None, cpu.cores):
        return f"{cpu.cores} cores"
    return f"{cpu.usable_cores} of {cpu.cores} cores"


def _system(found: OsFacts) -> str:
    return ", ".join(part for part in (found.name, found.kernel, found.machine) if part)


def _commit(git: GitFacts | None) -> str:
    if git is None:
        return ""
    return f"{git.commit}, with uncommitted changes" if git.dirty else git.commit
