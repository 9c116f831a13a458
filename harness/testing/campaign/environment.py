"""Variables, folders, disks and limits that a run is surrounded by."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.testing.campaign.fault import (
    CampaignFault,
    CampaignRun,
    Done,
    Expected,
    check,
    nothing,
    program,
    pytest_run,
    refused,
    rows,
)
from harness.testing.tiny import write_case

VARIABLES: dict[str, tuple[str, str]] = {
    "PARITY_RUN_TIMEOUT=abc": ("PARITY_RUN_TIMEOUT takes a number above 0", "abc"),
    "PARITY_RUN_TIMEOUT=0": ("PARITY_RUN_TIMEOUT takes a number above 0", "0"),
    "PARITY_RUN_TIMEOUT=-1": ("PARITY_RUN_TIMEOUT takes a number above 0", "-1"),
    "PARITY_RUN_TIMEOUT=nan": ("PARITY_RUN_TIMEOUT takes a number above 0", "nan"),
    "PARITY_RUN_TIMEOUT=1,5": ("PARITY_RUN_TIMEOUT takes a number above 0", "1,5"),
    "PARITY_BUILD_TIMEOUT=5 min": ("PARITY_BUILD_TIMEOUT takes a number above 0", "5 min"),
    "PARITY_MEMORY_GIB=16G": ("PARITY_MEMORY_GIB takes a number above 0", "16G"),
    "PARITY_MEMORY_GIB=-inf": ("PARITY_MEMORY_GIB takes a number above 0", "-inf"),
    "PARITY_OFFLINE=maybe": ("PARITY_OFFLINE takes one of 1, true", "maybe"),
    "PARITY_OFFLINE=2": ("PARITY_OFFLINE takes one of 1, true", "2"),
    "PARITY_REFERENCE=tensorflw": ("tensorflw", "nearest: tensorflow"),
    "PARITY_REFERENCE=[red]x[/y]": ("[red]x[/y]", "fake-reference"),
    "PARITY_REPORT_DIR={work}/a.jpg": ("a.jpg", "folder for reports"),
    "PARITY_REPORT_DIR=/proc/nowhere": ("/proc/nowhere", "folder for reports"),
}
"""NAME=value, and words of the message of `parity check`: wrong use."""

HARMLESS = (
    "PARITY_RUN_TIMEOUT=1e9",
    "PARITY_RUN_TIMEOUT=inf",
    "PARITY_RUN_TIMEOUT=",
    "PARITY_OFFLINE=",
    "PARITY_OFFLINE=no",
    "PARITY_UNKNOWN=1",
    "PARITY_MIRROR=/nowhere",
    "PARITY_MIRROR={work}/a.jpg",
    "COLUMNS=0",
    "COLUMNS=-5",
    "COLUMNS=wide",
    "COLUMNS=100000",
    "COLUMNS=1",
    "LINES=x",
    "TZ=Mars/Olympus",
    "LANG=xx_YY.klingon",
    "LC_ALL=C",
    "TERM=",
    "NO_COLOR=",
    "HOME=/nowhere",
    "HOME=",
    "USER=",
    "PATH=",
    "TMPDIR=/nowhere",
    "PYTHONWARNINGS=error",
    "HTTP_PROXY=http://localhost:1",
    "OMP_NUM_THREADS=x",
)
"""NAME=value that change nothing about the comparison."""


CACHES = ("{work}/a.jpg", "/proc/nowhere", "/dev/null", "c" * 300)
"""Folders of the cache that can't be used."""


def _with(run: CampaignRun, assignment: str) -> CampaignRun:
    name, _, value = assignment.partition("=")
    return run.within(**{name: value})


def readonly(name: str) -> Callable[[Path], object]:
    """A folder that nobody may write to."""

    def make(work: Path) -> None:
        (work / name).mkdir()
        (work / name).chmod(0o500)

    return make


UNPRIVILEGED: list[tuple[str, Callable[[Path], object], CampaignRun, Expected]] = [
    (
        "a cache that can't be written",
        readonly("c"),
        check("--cache", "c", "--json"),
        rows("no_evidence", "PARITY_CACHE"),
    ),
    (
        "a report folder that can't be written",
        readonly("r"),
        check("--report-dir", "r"),
        refused("folder for reports"),
    ),
    (
        "a home that can't be written",
        readonly("h"),
        check("--json").within(HOME="{work}/h"),
        rows("match", code=0),
    ),
    (
        "a home that can't be written, and its cache",
        readonly("h"),
        check("--json").within(HOME="{work}/h", PARITY_CACHE=""),
        rows("no_evidence", "PARITY_CACHE"),
    ),
    (
        "a temporary folder that can't be written",
        readonly("t"),
        check("--json").within(TMPDIR="{work}/t"),
        rows("match", code=0),
    ),
    (
        "a working folder that can't be written",
        readonly("w"),
        replace(check("--json", model="../model.pb", image="../a.jpg"), inside="w"),
        rows("match", code=0),
    ),
    (
        "pytest, reports that can't be written",
        lambda work: (
            write_case(work, candidates=("stack='fake'\ntarget='calm'",)),
            readonly("reports")(work),
        ),
        pytest_run(),
        Done(("choose another folder for reports",)),
    ),
]
"""Permissions; root gives up its right to ignore them."""

ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C", "LANG": "C"}
GONE = replace(program("harness.cli", "schema"), inside="gone", gone=True)


def _gone(work: Path) -> None:
    (work / "gone").mkdir()


def _here(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{{work}}/{word}" if word in ("model.pb", "a.jpg") else word for word in words)


STREAMS: list[tuple[str, Callable[[Path], object], CampaignRun, Expected]] = [
    (
        "ascii alone, a table",
        nothing,
        program("harness.cli", *check().words).within(**ASCII),
        Done(("match",)),
    ),
    (
        "ascii alone, a message",
        nothing,
        program("harness.cli", *check("--size", "é").words).within(**ASCII),
        Done(("--size takes",), code=2),
    ),
    (
        "ascii alone, JSON",
        nothing,
        program("harness.cli", *check("--json").words).within(**ASCII),
        rows("match", code=0),
    ),
    (
        "ascii alone, doctor's help",
        nothing,
        program("harness.cli", "doctor", "--help").within(**ASCII),
        Done(("doctor",)),
    ),
    (
        "ascii alone, pytest",
        lambda work: write_case(work, candidates=("stack='fake'\ntarget='calm'",)),
        program("pytest", "-p", "harness.plugin", "cases").within(**ASCII),
        rows("match", code=0),
    ),
    ("a folder that is gone, schema", _gone, GONE, refused("the working folder can't be read")),
    (
        "a folder that is gone, check",
        _gone,
        replace(program("harness.cli", *_here(check("--json").words)), inside="gone", gone=True),
        refused("the working folder can't be read"),
    ),
    (
        "a folder that is gone, report",
        _gone,
        replace(program("harness.cli", "report", "x"), inside="gone", gone=True),
        refused("the working folder can't be read"),
    ),
]

MEMORY: list[tuple[str, CampaignRun, Expected]] = [
    (
        "half a gigabyte of addresses",
        replace(check("--json"), memory=600 << 20),
        rows("match", code=0),
    ),
]

FAULTS = [
    *(
        CampaignFault(name, nothing, _with(check(), name), refused(*words))
        for name, words in VARIABLES.items()
    ),
    *(
        CampaignFault(name, nothing, _with(check("--json"), name), rows("match", code=0))
        for name in HARMLESS
    ),
    *(
        CampaignFault(
            f"a cache in {cache[:20]}",
            nothing,
            check("--json").within(PARITY_CACHE=cache),
            rows("no_evidence", "set PARITY_CACHE to another folder"),
        )
        for cache in CACHES
    ),
    *(
        CampaignFault(name, make, replace(run, unprivileged=True), expected)
        for name, make, run, expected in UNPRIVILEGED
    ),
    *(CampaignFault(name, make, run, expected) for name, make, run, expected in STREAMS),
    *(CampaignFault(name, nothing, run, expected) for name, run, expected in MEMORY),
]
