"""What commands that run cases in their own way can be asked that is wrong: `sweep`, `locate`, …"""

import gzip
from collections.abc import Callable
from pathlib import Path

from harness.testing.campaign.fault import (
    IMAGE,
    MODEL,
    CampaignFault,
    CampaignRun,
    nothing,
    parity,
    refused,
)
from harness.testing.tiny import write_case

BAD = "bad"
"""Stem of the file that a fault makes."""


def sweep(*words: str, images: str = IMAGE) -> CampaignRun:
    """`parity sweep` of the fake candidate."""
    return parity("sweep", MODEL, "--images", images, "--candidate", "stack=fake", *words)


def content(name: str, data: bytes) -> Callable[[Path], object]:
    """Writes a file beside the others."""
    return lambda folder: (folder / name).write_bytes(data)


def _swept(folder: Path) -> None:
    (folder / "sweep" / "parts").mkdir(parents=True)


SOURCES: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "an empty manifest": (f"{BAD}.csv", b"", ("expected a column 'path'",)),
    "a manifest of other columns": (f"{BAD}.csv", b"file\na.jpg\n", ("found file",)),
    "a manifest of no line": (f"{BAD}.csv", b"path\n", ("no image is there",)),
    "a manifest that is no text": (f"{BAD}.csv", b"path\n\xff\xfe\n", ("can't be read",)),
    "a manifest with a class that is none": (
        f"{BAD}.csv",
        b"path,label\na.jpg,[red]owl[/x]\n",
        ("[red]owl[/x]", "neither the number of a class"),
    ),
    "a manifest with a field of a megabyte": (
        f"{BAD}.csv",
        b"path\n" + b"a" * (1 << 20) + b"\n",
        ("can't be read",),
    ),
    "a table that is none": (f"{BAD}.parquet", b"PAR1", ("can't be read",)),
    "an archive that is none": (f"{BAD}.tar", b"no archive", ("can't be read",)),
    "an archive that is compressed": (f"{BAD}.tar", gzip.compress(b"x" * 999), ("decompressed",)),
    "an empty archive": (f"{BAD}.tar", bytes(10240), ("no image is there",)),
    "a source of another kind": (f"{BAD}.zip", b"PK", ("no source", ".tar")),
}
"""Name and content of --images, and words of the message."""

WORDS: dict[str, tuple[CampaignRun, tuple[str, ...]]] = {
    "without images": (parity("sweep", MODEL), ("Missing option", "--images")),
    "of a folder that is missing": (sweep(images="gone"), ("gone", "no such folder or file")),
    "of a pattern that matches nothing": (sweep(images="*.gif"), ("no image is there",)),
    "of a pattern with an escape": (sweep(images="*\x1b[2J"), ("no image is there",)),
    "of no image": (sweep("--limit", "0"), ("--limit",)),
    "of a sample in words": (sweep("--sample", "few"), ("--sample",)),
    "with no worker": (sweep("--workers", "0"), ("--workers",)),
    "into a file": (sweep("--into", IMAGE), ("is a file",)),
    "with classes of a file that is missing": (
        sweep("--labels-of", "gone.csv"),
        ("gone.csv", "can't be read"),
    ),
    "of an unknown stack": (
        parity("sweep", MODEL, "--images", IMAGE, "--candidate", "rely"),
        ("nearest: relay",),
    ),
    "of a case file that is missing": (
        parity("sweep", "gone.toml", "--images", IMAGE),
        ("gone.toml",),
    ),
    "with a size in words": (sweep("--size", "big"), ("--size takes",)),
}
"""Command lines, and words of the message."""

FAULTS = [
    *(
        CampaignFault(f"sweep: {name}", content(file, data), sweep(images=file), refused(*message))
        for name, (file, data, message) in SOURCES.items()
    ),
    *(
        CampaignFault(f"sweep {name}", nothing, run, refused(*message))
        for name, (run, message) in WORDS.items()
    ),
    CampaignFault("sweep into a sweep", _swept, sweep(), refused("add --resume")),
    CampaignFault(
        "sweep of a case file with options of a model",
        write_case,
        parity("sweep", "cases/tiny.toml", "--images", IMAGE, "--candidate", "stack=fake"),
        refused("is a case file", "leave those options out"),
    ),
    CampaignFault(
        "locate in a stack that can't be watched",
        nothing,
        parity("locate", MODEL, IMAGE, "--candidate", "stack=fake"),
        refused("fake"),
    ),
    CampaignFault(
        "locate without an image", nothing, parity("locate", MODEL), refused("Missing argument")
    ),
    CampaignFault(
        "reproduce in a stack that can't be watched",
        nothing,
        parity("reproduce", MODEL, IMAGE, "--candidate", "stack=fake"),
        refused("fake"),
    ),
    CampaignFault(
        "bisect-passes in a stack without limits of passes",
        nothing,
        parity("bisect-passes", MODEL, IMAGE, "--candidate", "stack=fake"),
        refused("can't be limited"),
    ),
    CampaignFault(
        "bisect-versions from what is no version",
        write_case,
        parity(
            *("bisect-versions", "cases/tiny.toml", "--package", "numpy"),
            *("--good", "new", "--bad", "2.4"),
        ),
        refused("'new' is no version"),
    ),
    CampaignFault(
        "environments of a tox.ini that is not there",
        write_case,
        parity("environments", "cases/tiny.toml", "--tox", "none"),
        refused("tox"),
    ),
    CampaignFault(
        "reproduce of two candidates",
        nothing,
        parity(
            *("reproduce", MODEL, IMAGE, "--candidate", "stack=fake"),
            *("--candidate", "stack=fake,target=calm"),
        ),
        refused("one image and one candidate"),
    ),
    CampaignFault(
        "reproduce into a folder that has files",
        nothing,
        parity("reproduce", MODEL, IMAGE, "--candidate", "stack=fake", "--into", "."),
        refused("is there already"),
    ),
]
