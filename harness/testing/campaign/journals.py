"""Run folders that are damaged, foreign or somewhere else: what `parity report` makes of them."""

from collections.abc import Callable
from pathlib import Path

from harness.testing.campaign.fault import (
    CampaignFault,
    CampaignRun,
    Done,
    Expected,
    Refused,
    nothing,
    parity,
    refused,
)
from harness.testing.campaign.raw_files import make_fifo, noise
from harness.testing.campaign.run_folders import (
    JOURNAL,
    LINES,
    RECORD,
    RUN,
    Maker,
    behind,
    journal,
    line_behind,
    row,
    without,
    write_run,
)


def record(data: bytes) -> Maker:
    """A run.json of these bytes."""
    return lambda folder: (folder / RECORD).write_bytes(data)


def _replaced(name: str, make: Maker) -> Maker:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return change


NO_ROW = "no row of this harness"
FOREIGN: dict[str, tuple[Maker, str]] = {
    "an object": (line_behind(b"{}"), NO_ROW),
    "a list": (line_behind(b"[]"), NO_ROW),
    "a number": (line_behind(b"7"), NO_ROW),
    "text": (line_behind(b'"x"'), NO_ROW),
    "true": (line_behind(b"true"), NO_ROW),
    "a row that is text": (line_behind(b'{"row": "x"}'), NO_ROW),
    "a status that does not exist": (line_behind(row(status="great")), NO_ROW),
    "a scope that is a number": (line_behind(row(scope=5)), NO_ROW),
    "a figure that is text": (line_behind(row(max_abs="much")), NO_ROW),
    "a count that is a fraction": (line_behind(row(classes=2.5)), NO_ROW),
    "a column of another version": (line_behind(row(speed=3)), NO_ROW),
    "a row without an image": (line_behind(without("image")), NO_ROW),
    "a row without a status": (line_behind(without("status")), NO_ROW),
    "another program's log": (journal(b'{"level": "info", "msg": "x"}'), NO_ROW),
    "a notebook": (journal(b'{"cells": [], "nbformat": 4}'), NO_ROW),
    "a line in the middle is half": (journal(LINES[0], LINES[0][:300], LINES[1]), NO_ROW),
    "blank lines": (journal(LINES[0], b"", LINES[1]), NO_ROW),
    "noise behind": (behind(noise(5000)), NO_ROW),
    "nested too deep": (line_behind(b'{"row":' + b"[" * 100_000), NO_ROW),
    "a number of 100 000 digits": (line_behind(b'{"row":' + b"9" * 100_000 + b"}"), NO_ROW),
    "a byte order mark": (journal(b"\xef\xbb\xbf" + LINES[0], LINES[1]), NO_ROW),
    "cut to one row": (journal(LINES[0]), "holds 1 of the 2 rows"),
    "empty": (lambda folder: (folder / JOURNAL).write_bytes(b""), "holds 0 of the 2 rows"),
    "missing": (lambda folder: (folder / JOURNAL).unlink(), "can't be read"),
    "a directory": (_replaced(JOURNAL, Path.mkdir), "can't be read"),
    "a FIFO": (_replaced(JOURNAL, make_fifo), "journal.jsonl"),
    "a link to nothing": (_replaced(JOURNAL, lambda p: p.symlink_to("gone")), "can't be read"),
    "a device": (_replaced(JOURNAL, lambda p: p.symlink_to("/dev/zero")), "journal.jsonl"),
}
"""Journals that no report is written from."""

TORN: dict[str, Maker] = {
    "the last line is half": behind(LINES[0][:300]),
    "one byte behind": behind(b"{"),
    "NUL behind, as a power cut leaves it": behind(bytes(4096)),
    "line ends of Windows": journal(*(line + b"\r" for line in LINES)),
    "half a line of 20 MB": behind(b'{"row":{"reason":"' + b"x" * (20 << 20)),
}
"""Journals that are cut short or padded: the whole rows are reported, with a remark."""

RECORDS: dict[str, Maker] = {
    "missing": lambda folder: (folder / RECORD).unlink(),
    "empty": record(b""),
    "cut short": record(b'{"run": {'),
    "noise": record(noise(500)),
    "a list": record(b"[]"),
    "a number": record(b"7"),
    "nested too deep": record(b"[" * 100_000),
    "of a later version": record(b'{"schema_version": 999, "run": {"id": "x", "later": [1]}}'),
    "of wrong types": record(b'{"run": {"id": 5, "started": "yesterday", "environment": 3}}'),
    "of another program": record(b'{"name": "package", "version": "1.0.0"}'),
    "a FIFO": _replaced(RECORD, make_fifo),
}
"""run.json: the rows are reported, with a remark that what was run is unknown."""


def in_run(make: Maker) -> Callable[[Path], object]:
    def in_folder(work: Path) -> None:
        write_run(work / "reports" / RUN)
        make(work / "reports" / RUN)

    return in_folder


def _beside(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def in_folder(work: Path) -> None:
        write_run(work / "reports" / RUN)
        make(work / "reports")

    return in_folder


def _in_place_of_page(folder: Path) -> None:
    (folder / "report.html").unlink()
    (folder / "report.html").mkdir()


def _report(*folders: str) -> CampaignRun:
    return parity("report", *folders)


WRITTEN = Done(("report.html", "rows.csv"))
HERE = f"reports/{RUN}"
PLACES: list[tuple[str, Callable[[Path], object], CampaignRun, Expected]] = [
    ("no folder", nothing, _report("reports/gone"), refused("no such folder")),
    (
        "no folder, but others",
        in_run(nothing),
        _report("reports/2026"),
        refused("no such folder", RUN),
    ),
    ("a file", lambda work: (work / "x").touch(), _report("x"), refused("x")),
    ("an empty folder", lambda work: (work / "x").mkdir(), _report("x"), refused("a run folder")),
    ("a folder of 5000 letters", nothing, _report("r" * 5000), refused("no such folder")),
    ("no name", in_run(nothing), _report(), refused("Missing argument")),
    ("one good, one gone", in_run(nothing), _report(HERE, "gone"), refused("no such folder")),
    ("the same folder twice", in_run(nothing), _report(HERE, HERE), WRITTEN),
    (
        "latest leads nowhere",
        _beside(lambda r: (r / "latest").symlink_to("gone")),
        _report("reports/latest"),
        refused("latest", RUN),
    ),
    (
        "latest leads to itself",
        _beside(lambda r: (r / "latest").symlink_to("latest")),
        _report("reports/latest"),
        refused("latest"),
    ),
    (
        "latest names a folder above",
        _beside(lambda r: (r / "latest").write_text("../../etc")),
        _report("reports/latest"),
        refused("latest"),
    ),
    (
        "latest is noise",
        _beside(lambda r: (r / "latest").write_bytes(noise(99))),
        _report("reports/latest"),
        refused("latest"),
    ),
    (
        "a page that can't be replaced",
        in_run(_in_place_of_page),
        _report(HERE),
        refused("report.html", "can't be written"),
    ),
]

FAULTS = [
    *(
        CampaignFault(f"journal: {name}", in_run(make), _report(HERE), refused(words))
        for name, (make, words) in FOREIGN.items()
    ),
    *(
        CampaignFault(f"journal: {name}", in_run(make), _report(HERE), WRITTEN)
        for name, make in TORN.items()
    ),
    *(
        CampaignFault(f"run.json: {name}", in_run(make), _report(HERE), WRITTEN)
        for name, make in RECORDS.items()
    ),
    *(CampaignFault(name, make, run, expected) for name, make, run, expected in PLACES),
    CampaignFault(
        "run.json: a directory",
        in_run(_replaced(RECORD, Path.mkdir)),
        _report(HERE),
        refused("run.json can't be written"),
    ),
    CampaignFault(
        "journal: unreadable",
        in_run(lambda folder: (folder / JOURNAL).chmod(0)),
        CampaignRun(_report(HERE).words, unprivileged=True),
        Refused(("can't be read: Permission denied",)),
    ),
    CampaignFault(
        "a folder that can't be written",
        in_run(lambda folder: folder.chmod(0o500)),
        CampaignRun(_report(HERE).words, unprivileged=True),
        Refused(("can't be written: Permission denied",)),
    ),
]
