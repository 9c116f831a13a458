"""Programs that crash, hang, flood or end silently, and signals to the harness itself."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.testing.campaign import graphs
from harness.testing.campaign.fault import (
    CampaignFault,
    CampaignRun,
    Done,
    Expected,
    Rows,
    check,
    nothing,
    program,
    pytest_run,
    refused,
    rows,
)
from harness.testing.tiny import write_case

SHORT = ("--run-timeout", "1", "--build-timeout", "1")
"""Seconds after which a program that hangs is ended."""
SMALL = ("--memory-gib", "0.4")
"""Memory at which a program that takes all is ended."""

CANDIDATE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "fail-build": ("compile_failed", ("the fake build fails, as asked",), ()),
    "fail-open": ("run_failed", ("the fake open fails, as asked",), ()),
    "fail-run": ("run_failed", ("the fake run fails, as asked",), ()),
    "abort-build": ("crashed", ("SIGABRT", "LLVM ERROR: assertion failed"), ()),
    "abort-open": ("crashed", ("SIGABRT", "LLVM ERROR: assertion failed"), ()),
    "abort-run": ("crashed", ("SIGABRT", "LLVM ERROR: assertion failed"), ()),
    "segfault-build": ("crashed", ("SIGSEGV",), ()),
    "segfault-run": ("crashed", ("SIGSEGV",), ()),
    "terminate-run": ("crashed", ("SIGTERM",), ()),
    "kill-build": ("crashed", ("SIGKILL",), ()),
    "kill-run": ("crashed", ("SIGKILL",), ()),
    "hang-build": ("timed_out", ("gave no answer within 1 s",), SHORT),
    "hang-run": ("timed_out", ("gave no answer within 1 s",), SHORT),
    "hoard-build": ("out_of_memory", ("its limit is 0.4 GiB",), SMALL),
    "hoard-run": ("out_of_memory", ("its limit is 0.4 GiB",), SMALL),
    "exhausted-build": ("out_of_memory", ("MemoryError",), ()),
    "exhausted-run": ("out_of_memory", ("MemoryError",), ()),
    "silent-build": ("crashed", ("ended with exit code 0",), ()),
    "silent-run": ("crashed", ("ended with exit code 0",), ()),
    "leave-run": ("crashed", ("ended with exit code 3",), ()),
    "babble-build": ("crashed", ("is no message",), ()),
    "babble-run": ("crashed", ("is no message",), ()),
    "mute-run": ("crashed", (), ()),
    "recursive-run": ("run_failed", ("RecursionError",), ()),
    "longmessage-run": ("run_failed", ("xxxxxxxx",), ()),
    "markup-run": ("run_failed", ("[red]no[/bird]", "<script>"), ()),
    "children-run": ("crashed", ("SIGKILL",), ()),
    "short": ("no_evidence", ("scores 10 classes, the candidate 4",), ()),
    "empty": ("no_evidence", ("scores have shape (1, 0)",), ()),
    "nan": ("mismatch", ("NaN",), ()),
    "all-nan": ("mismatch", ("NaN",), ()),
    "zeros": ("mismatch", (), ()),
    "shifted": ("mismatch", (), ()),
}
"""Target of the fake candidate: the status of its rows, words of the reason, options."""

REFERENCE: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "fail-open": ("reference_failed", ("the fake open fails, as asked",), ()),
    "fail-run": ("reference_failed", ("the fake run fails, as asked",), ()),
    "abort-run": ("reference_failed", ("SIGABRT",), ()),
    "segfault-run": ("reference_failed", ("SIGSEGV",), ()),
    "kill-open": ("reference_failed", ("SIGKILL",), ()),
    "kill-run": ("reference_failed", ("SIGKILL",), ()),
    "hang-run": ("reference_failed", ("gave no answer within 1 s",), SHORT),
    "hoard-run": ("reference_failed", ("its limit is 0.4 GiB",), SMALL),
    "exhausted-run": ("reference_failed", ("MemoryError",), ()),
    "silent-run": ("reference_failed", ("ended with exit code 0",), ()),
    "babble-run": ("reference_failed", ("is no message",), ()),
}
"""What the fake reference does: the status of the rows, words of the reason, options."""


def _reference(what: str) -> Callable[[Path], object]:
    return graphs.changed(graphs.note(f"reference:{what}"))


def case_of(*targets: str) -> Callable[[Path], object]:
    """A case with a fake candidate for each target."""
    lines = tuple(f"stack = 'fake'\ntarget = '{target}'" for target in targets)
    return lambda work: write_case(work, candidates=lines)


PARENT: list[tuple[str, CampaignRun, Expected]] = [
    ("kill -9 of parity", check(target="sigkillparent-run"), Done((), code=-9)),
    ("kill of parity", check(target="sigtermparent-run"), Done(("stopped",), code=143)),
    ("ctrl-c of parity", check(target="sigintparent-run"), Done(code=130)),
]
"""Signals to the process of `parity check`: its exit code, and no process is left."""

CHECK = program("harness.cli", *check().words)
PLANNED = ("match", "match", "no_evidence", "no_evidence")
"""Rows of a candidate that was compared, then of one during which the session was ended."""

PYTEST: list[tuple[str, str, Expected]] = [
    ("ctrl-c of pytest", "sigintparent-run", Rows(PLANNED, ("it was never run",), 2, 4)),
    ("kill of pytest", "sigtermparent-run", Rows(PLANNED, ("it was never run",), 2, 4)),
    ("kill -9 of pytest", "sigkillparent-run", rows("match", code=-9)),
]
"""Signals to the process of pytest, in the second of two candidates."""

STREAMS: list[tuple[str, CampaignRun, Expected]] = [
    ("check, stdout closed", replace(CHECK, stdout="closed"), refused("stdout is closed")),
    ("check, stdout full", replace(CHECK, stdout="full"), Done(("No space left",), code=2)),
    ("check, nobody reads stdout", replace(CHECK, stdout="broken"), Done(code=141)),
    (
        "check as JSON, stdout full",
        replace(program("harness.cli", *check("--json").words), stdout="full"),
        Done(("No space left",), code=2),
    ),
    (
        "schema, nobody reads stdout",
        replace(program("harness.cli", "schema"), stdout="broken"),
        Done(code=141),
    ),
    (
        "schema, stdout full",
        replace(program("harness.cli", "schema"), stdout="full"),
        Done(("No space left",), code=2),
    ),
    (
        "schema, stdout closed",
        replace(program("harness.cli", "schema"), stdout="closed"),
        refused("stdout is closed"),
    ),
    (
        "version, stdout full",
        replace(program("harness.cli", "--version"), stdout="full"),
        Done(("No space left",), code=2),
    ),
]
"""What is wrong with stdout; a new interpreter, since a fork has its streams already."""

FAULTS = [
    *(
        CampaignFault(
            f"the candidate: {target}",
            nothing,
            check("--json", *options, target=target),
            Rows((status,), words),
        )
        for target, (status, words, options) in CANDIDATE.items()
    ),
    *(
        CampaignFault(
            f"the reference: {what}",
            _reference(what),
            check("--json", *options),
            Rows((status,), words),
        )
        for what, (status, words, options) in REFERENCE.items()
    ),
    CampaignFault(
        "the candidate floods both streams",
        nothing,
        check("--json", target="flood-run"),
        rows("match", code=0),
    ),
    CampaignFault(
        "the reference floods both streams",
        _reference("flood-run"),
        check("--json"),
        rows("match", code=0),
    ),
    CampaignFault(
        "the candidate prints an answer",
        nothing,
        check("--json", target="speak-run"),
        rows("match", code=0),
    ),
    CampaignFault(
        "one of three candidates dies",
        case_of("calm", "kill-run", "remark"),
        pytest_run(),
        Rows(("match", "match", "crashed", "crashed", "match", "match"), count=6),
    ),
    *(CampaignFault(name, nothing, run, expected) for name, run, expected in PARENT),
    *(
        CampaignFault(name, case_of("calm", target), pytest_run(), expected)
        for name, target, expected in PYTEST
    ),
    *(CampaignFault(name, nothing, run, expected) for name, run, expected in STREAMS),
]
